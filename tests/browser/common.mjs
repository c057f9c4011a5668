// What the scripts of this directory share: the program under test in a directory of its own, and what was checked.
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";

export const [program, directory] = process.argv.slice(2);
export const home = fs.mkdtempSync(path.join(os.tmpdir(), "authgate-browser-"));
export const password = "correct horse 42 battery";
export const problems = [];
export let checks = 0;

export function check(good, what) {
	checks++;
	if (!good) problems.push(what);
}

export function freePort() {
	return new Promise((resolve) => {
		const probe = net.createServer().listen(0, "127.0.0.1", () => {
			const { port } = probe.address();
			probe.close(() => resolve(port));
		});
	});
}

export function run(args, env) {
	const child = spawn(program, args, { cwd: home, env: { PATH: process.env.PATH, ...env } });
	child.text = "";
	for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (child.text += data));
	child.ended = new Promise((resolve) => child.on("exit", (code) => resolve(code)));
	return child;
}

export async function until(what, condition) {
	for (let tries = 0; tries < 200; tries++) {
		const found = await condition();
		if (found) return found;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error("waited in vain for " + what);
}
