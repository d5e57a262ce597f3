const pause = 100; // ms between two looks

/** Waits until look answers something true, and gives that back; an error with `final` set ends the wait. */
export async function eventually(what, look, within = 60_000) {
  const deadline = Date.now() + within;
  let last;
  for (;;) {
    try {
      const answer = await look();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      if (error.final) throw error;
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${within / 1000} s`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
