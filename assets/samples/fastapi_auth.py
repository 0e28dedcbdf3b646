# A dependency for routes that take a bearer token.  pip install fastapi uvicorn "pyjwt[crypto]"
import os

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = os.environ["KINDE_ISSUER_URL"]  # https://mybusiness.kinde.com, no slash at the end
AUDIENCE = os.environ["KINDE_AUDIENCE"]  # the API's identifier, exactly as registered

keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks")
bearer = HTTPBearer(auto_error=False)
app = FastAPI()


def claims(credentials: HTTPAuthorizationCredentials | None = Depends(bearer)) -> dict:
    try:
        if credentials is None:
            raise jwt.InvalidTokenError("no bearer token")
        return jwt.decode(
            credentials.credentials,
            keys.get_signing_key_from_jwt(credentials.credentials).key,
            algorithms=["RS256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            options={"require": ["exp", "iss", "aud"]},
            leeway=60,
        )
    except jwt.PyJWTError as error:
        print("token refused:", error)
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise HTTPException(401, "Unauthorized", challenge) from error


def needs(permission: str):
    def check(token: dict = Depends(claims)) -> dict:
        if permission not in (token.get("permissions") or []):
            challenge = f'Bearer error="insufficient_scope", scope="{permission}"'
            raise HTTPException(403, "Forbidden", {"WWW-Authenticate": challenge})
        return token

    return check


@app.get("/api/v1/orders")
def orders(token: dict = Depends(needs("read:orders"))):
    return {"orders": [], "user": token.get("sub"), "organisation": token.get("org_code")}
