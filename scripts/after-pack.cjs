const { rm } = require('node:fs/promises')
const { join } = require('node:path')
// A custom electronDist is copied whole: the stand-in default app must not ship.
exports.default = async ({ appOutDir }) => rm(join(appOutDir, 'resources', 'default_app.asar'), { force: true })
