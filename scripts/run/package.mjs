export async function packageAll() {}
