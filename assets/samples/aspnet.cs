// Program.cs: routes that take a bearer token.
// dotnet add package Microsoft.AspNetCore.Authentication.JwtBearer
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.Tokens;

var builder = WebApplication.CreateBuilder(args);

// https://mybusiness.kinde.com, no slash at the end; the keys come from its discovery document
// (/.well-known/openid-configuration names /.well-known/jwks).
var issuer = builder.Configuration["KINDE_ISSUER_URL"]!;
// The API's identifier, exactly as registered.
var audience = builder.Configuration["KINDE_AUDIENCE"]!;

builder.Services
    .AddAuthentication(JwtBearerDefaults.AuthenticationScheme)
    .AddJwtBearer(options =>
    {
        options.Authority = issuer;
        options.MapInboundClaims = false; // keep `sub` and `permissions` under their own names
        options.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAlgorithms = ["RS256"],
            ValidateIssuer = true,
            ValidIssuer = issuer,
            ValidateAudience = true,
            ValidAudience = audience,
            ValidateLifetime = true,
            ClockSkew = TimeSpan.FromSeconds(60),
        };
    });
builder.Services.AddAuthorization(options =>
    options.AddPolicy(
        "read:orders", policy => policy.RequireClaim("permissions", "read:orders")));

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.MapGet("/api/v1/orders", (HttpContext context) => new
{
    orders = Array.Empty<object>(),
    user = context.User.FindFirst("sub")?.Value,
    organisation = context.User.FindFirst("org_code")?.Value,
}).RequireAuthorization("read:orders");
app.Run();
