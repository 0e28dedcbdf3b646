// A middleware for routes that take a bearer token.  npm install express jose
import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";

const issuer = process.env.KINDE_ISSUER_URL; // https://mybusiness.kinde.com, no last slash
const audience = process.env.KINDE_AUDIENCE; // the API's identifier, exactly as registered
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks`));

async function bearer(request, response, next) {
  const [scheme, token] = (request.headers.authorization ?? "").split(" ");
  try {
    if (scheme?.toLowerCase() !== "bearer" || !token) throw new Error("no bearer token");
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ["RS256"],
      issuer,
      audience,
      requiredClaims: ["exp"],
      clockTolerance: 60,
    });
    request.claims = payload;
  } catch (error) {
    console.warn("token refused:", error.message);
    response.set("WWW-Authenticate", 'Bearer error="invalid_token"');
    return response.status(401).json({ message: "Unauthorized" });
  }
  next();
}

const needs = (permission) => (request, response, next) => {
  if ((request.claims.permissions ?? []).includes(permission)) return next();
  response.set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="${permission}"`);
  response.status(403).json({ message: "Forbidden" });
};

const app = express();
app.get("/api/v1/orders", bearer, needs("read:orders"), (request, response) => {
  const { sub, org_code } = request.claims;
  response.json({ orders: [], user: sub, organisation: org_code });
});
app.listen(process.env.PORT ?? 3000);
