const { rm } = require('node:fs/promises')
const { join } = require('node:path')

/** A runtime given by path is copied whole: the default app of a checkout's runtime must not ship. */
exports.default = async ({ appOutDir }) => rm(join(appOutDir, 'resources', 'default_app.asar'), { force: true })
