// An issuer not written here (npm oauth2-mock-server), which says what it is told to: a line of standard
// input is the claims of the tokens that follow.  Prints its issuer when it listens.
import readline from "node:readline";
import { OAuth2Server } from "oauth2-mock-server";

const server = new OAuth2Server();
let claims = {};
await server.issuer.keys.generate("RS256");
await server.start(0, "127.0.0.1");
server.issuer.url = `http://127.0.0.1:${server.address().port}`;
server.service.on("beforeTokenSigning", (token) => Object.assign(token.payload, claims));
server.service.on("beforeUserinfo", (answer) => Object.assign(answer.body, claims));
readline.createInterface({ input: process.stdin }).on("line", (line) => {
	claims = JSON.parse(line);
	console.log("ok");
});
console.log(server.issuer.url);
