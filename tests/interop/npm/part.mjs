// What the parts in JavaScript share: a list of cases, the person, and a browser with cookies.
export const settings = JSON.parse(process.env.INTEROP);
let failed = 0;

export async function test(name, run) {
	try {
		await run();
		console.log(`ok - ${name}`);
	} catch (problem) {
		failed++;
		const cause = problem.cause?.message ?? "";
		console.log(`not ok - ${name}: ${problem.message} ${cause}`.replace(/\s+/g, " "));
		console.error(problem.stack);
	}
}

export function end() {
	process.exit(failed ? 1 : 0);
}

export function check(good, what) {
	if (!good) throw new Error(what);
}

export async function signIn(url) {
	const reply = await fetch(`${settings.person}/sign-in?${new URLSearchParams({ url })}`);
	const text = await reply.text();
	check(reply.ok, text);
	return text;
}

// Follows nothing; keeps what it is told to keep.
export class Browser {
	cookies = new Map();

	async fetch(url, options = {}) {
		const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
		const reply = await fetch(url, { redirect: "manual", ...options,
			headers: { ...options.headers, cookie } });
		for (const line of reply.headers.getSetCookie()) {
			const [name, ...value] = line.split(";")[0].split("=");
			this.cookies.set(name, value.join("="));
		}
		return reply;
	}
}
