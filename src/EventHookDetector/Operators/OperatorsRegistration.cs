using EventHookDetector.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace EventHookDetector.Operators;

internal static class OperatorsRegistration
{
    public static IServiceCollection AddOperators(this IServiceCollection services)
    {
        // The framework's AddAuthentication also makes keys for cookies, on disk; we have no cookies.
        new AuthenticationBuilder(services.AddAuthenticationCore().AddWebEncoders())
            .AddPolicyScheme(OperatorPolicies.Scheme, displayName: null, scheme => scheme.ForwardDefaultSelector = SchemeFor)
            .AddScheme<AuthenticationSchemeOptions, OperatorKey>(OperatorKey.SchemeName, configureOptions: null)
            .AddJwtBearer(OperatorToken.SchemeName, _ => { });
        services.RemoveAll<IConfigureOptions<JwtBearerOptions>>();   // the framework would also read Authentication:Schemes, which nobody checks
        services.AddAuthorizationBuilder().AddOperatorPolicies();
        services.AddOptions<SwaggerGenOptions>().Configure<IOptions<OidcOptions>>(AddSchemes);
        services.AddOptions<SwaggerUIOptions>().Configure<IOptions<OidcOptions>>(SignIn);
        return services
            .AddValidatedOptions<OidcOptions, OidcOptions.Validator>(OidcOptions.Section)
            .AddSingleton<IConfigureOptions<JwtBearerOptions>, OperatorToken>()
            .AddSingleton<IConfigurationCheck, OperatorsCheck>()
            .AddSingleton<ConfiguredOperators>()
            .AddSingleton<ApiKeys>()
            .AddSingleton<FailedAttempts>();
    }

    /// <summary>
    /// Of an address that tried too often, what cannot be a key of anybody's is refused before all else, on the thread of the socket: so that
    /// a flood of guesses takes little from the deliveries. Comes before whatever costs more.
    /// </summary>
    public static WebApplication UseOperators(this WebApplication app)
    {
        var (failed, configured) = (app.Services.GetRequiredService<FailedAttempts>(), app.Services.GetRequiredService<ConfiguredOperators>());
        app.Use((context, next) => context.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
            && failed.IsOverLimit(context.Connection.RemoteIpAddress)
            && context.Request.Headers[OperatorPolicies.KeyHeader] is [{ } key] && !ApiKeyText.IsOne(key) && configured.FindByKey(key) is null
                ? FailedAttempts.SlowDownAsync(context)
                : next(context));
        return app;
    }

    /// <summary>A key is looked at first: it works when the provider is away.</summary>
    private static string SchemeFor(HttpContext context) =>
        !context.Request.Headers.ContainsKey(OperatorPolicies.KeyHeader)
        && context.Request.Headers.Authorization is [{ } value] && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
        && context.RequestServices.GetRequiredService<IOptions<OidcOptions>>().Value.Authority is { Length: > 0 }
            ? OperatorToken.SchemeName
            : OperatorKey.SchemeName;

    private static void AddSchemes(SwaggerGenOptions swagger, IOptions<OidcOptions> oidc)
    {
        swagger.AddHeaderSecret(
            OperatorKey.SchemeName, OperatorPolicies.KeyHeader, "An operator's key: configured as Operators:{name}:Key, or made by an admin (POST /api/keys).");
        swagger.OperationFilter<OperatorSchemes>();
        if (oidc.Value.Authority is not { Length: > 0 } authority) return;

        swagger.AddSecurityDefinition(OperatorToken.SchemeName, new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.OpenIdConnect,
            OpenIdConnectUrl = new Uri($"{authority.TrimEnd('/')}/.well-known/openid-configuration"),
            Description = "Sign in at the provider that is configured as Oidc:Authority.",
        });
    }

    private static void SignIn(SwaggerUIOptions ui, IOptions<OidcOptions> oidc)
    {
        if (oidc.Value.Authority is not { Length: > 0 }) return;

        ui.OAuthClientId(oidc.Value.ClientId);
        ui.OAuthScopes("openid", "profile");
        ui.OAuthUsePkce();
    }

    /// <summary>Any one of the ways to be known is enough.</summary>
    private sealed class OperatorSchemes(IOptions<OidcOptions> oidc) : IOperationFilter
    {
        public void Apply(OpenApiOperation operation, OperationFilterContext context)
        {
            if (OperatorPolicies.RoleFor(context.ApiDescription.ActionDescriptor.EndpointMetadata) is null) return;

            var schemes = oidc.Value.Authority is { Length: > 0 } ? new[] { OperatorKey.SchemeName, OperatorToken.SchemeName } : [OperatorKey.SchemeName];
            operation.Security = [.. schemes.Select(scheme =>
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, context.Document)] = [] })];
        }
    }
}
