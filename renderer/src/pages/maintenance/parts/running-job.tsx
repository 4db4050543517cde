import { Button } from '../../../components/button'
import { Progress } from '../../../components/progress'
import { cancelJob, useJobs } from '../../../stores/jobs'

/** Progress of one job with its cancel button; nothing when the job is not running. */
export function RunningJob({ job, label }: { readonly job: string | undefined; readonly label: string }) {
  const progress = useJobs((state) => (job === undefined ? undefined : state.running[job]))
  if (job === undefined || progress === undefined) return null
  return (
    <div className="row">
      <div className="grow">
        <Progress label={label} done={progress.done} total={progress.total} detail={progress.label} />
      </div>
      <Button size="small" icon="x" onClick={() => void cancelJob(job)}>
        Cancel
      </Button>
    </div>
  )
}
