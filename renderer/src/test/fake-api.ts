export function installFakeApi(): void {}
