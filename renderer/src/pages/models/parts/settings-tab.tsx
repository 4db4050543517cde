import { type ModelView } from '#shared/domain/model-view'
import { foreignText } from '../../../format/foreign-text'
import { formatBytes, formatInteger, NOTHING } from '../../../format/numbers'

/** How the entry starts its engine and where its files are, as the registry says. */
export function SettingsTab({ model }: { readonly model: ModelView }) {
  const flags = typeof model.extra_args === 'string' ? [model.extra_args] : model.extra_args
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Name', model.name],
    ['Backend', model.backend],
    ['Served as', model.served_model_id],
    ['Aliases', model.aliases.join(', ') || undefined],
    ['Context window', model.context_window === undefined ? undefined : formatInteger(model.context_window)],
    ['Path', model.download_path],
    ['Files', model.files_state.replace('_', ' ')],
    ['Size', model.download_size_bytes === undefined ? undefined : formatBytes(model.download_size_bytes)],
    ['Downloaded', model.downloaded_at],
  ]
  return (
    <div className="drawer-pad stack wide">
      <h3>
        Launch flags <span className="dim">· {model.extra_args_layer} layer</span>
      </h3>
      {flags.length === 0 ? (
        <p className="small dim">None: the engine starts with its defaults. The Estimator writes them.</p>
      ) : (
        <pre className="formula">{flags.map((flag) => foreignText(flag)).join('\n')}</pre>
      )}
      <dl className="kv-list left">
        {facts.map(([label, value]) => (
          <div className="pair" key={label}>
            <dt>{label}</dt>
            <dd className="wrap-anywhere">{value === undefined ? NOTHING : foreignText(value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
