// A certified OpenID provider (npm `oidc-provider`) as a foreign issuer for bearcat's second suite.
// Prints one line of JSON with its issuer when it listens, and runs until its standard input closes.
import { createServer } from "node:http";
import { generateKeyPairSync, randomUUID } from "node:crypto";
import Provider from "oidc-provider";

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const audience = "https://api.example.test";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: "RS256" };

const refreshing = ["refresh_token"];
const provider = new Provider(issuer, {
  jwks: { keys: [jwk] },
  clients: [
    {
      client_id: "device-client",
      token_endpoint_auth_method: "none",
      application_type: "native",
      grant_types: ["urn:ietf:params:oauth:grant-type:device_code", ...refreshing],
      response_types: [],
      redirect_uris: [],
    },
    {
      client_id: "native-client",
      token_endpoint_auth_method: "none",
      application_type: "native",
      grant_types: ["authorization_code", ...refreshing],
      redirect_uris: [53180, 53181, 53182].map((port) => `http://127.0.0.1:${port}/callback`),
    },
    {
      client_id: "machine-post",
      client_secret: "machine-post-secret-0123456789",
      token_endpoint_auth_method: "client_secret_post",
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
    },
    {
      client_id: "machine-basic",
      client_secret: "machine-basic-secret+/0123456789",
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
    },
  ],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token"),
  scopes: ["openid", "offline_access", "email", "profile", "read:orders"],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  conformIdTokenClaims: false,
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.test`, email_verified: true, name: `User ${id}` }),
  }),
  ttl: { AccessToken: 3600, ClientCredentials: 3600, DeviceCode: 600, IdToken: 3600, RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 3600, AuthorizationCode: 60 },
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "openid offline_access email profile read:orders",
        audience,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
});
provider.on("server_error", (ctx, error) => console.error("server_error", error));
for (const event of ["grant.error", "authorization.error", "revocation.error"]) {
  provider.on(event, (ctx, error) => console.error(event, error.error_description ?? error.message));
}
server.on("request", provider.callback());
console.log(JSON.stringify({ issuer, audience }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
