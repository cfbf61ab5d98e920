using Microsoft.AspNetCore.Authentication;

namespace EventHookDetector.Hosting;

internal static class OperatorsRegistration
{
    private const string ReadPolicy = "Operator";
    private const string ActPolicy = "Responder";

    public static IServiceCollection AddOperators(this IServiceCollection services)
    {
        services.AddAuthenticationWithoutCookies().AddScheme<AuthenticationSchemeOptions, OperatorKey>(OperatorKey.SchemeName, configureOptions: null);
        services.AddAuthorizationBuilder()
            .AddPolicy(ReadPolicy, policy => policy.AddAuthenticationSchemes(OperatorKey.SchemeName).RequireAuthenticatedUser())
            .AddPolicy(ActPolicy, policy => policy.AddAuthenticationSchemes(OperatorKey.SchemeName)
                .RequireRole(nameof(OperatorRole.Responder), nameof(OperatorRole.Admin)));
        return services
            .AddSingleton<IConfigurationCheck, OperatorsCheck>()
            .AddSingleton<Operators>();
    }

    /// <summary>The framework's AddAuthentication also makes keys for cookies, on disk; we have no cookies.</summary>
    public static AuthenticationBuilder AddAuthenticationWithoutCookies(this IServiceCollection services) =>
        new(services.AddAuthenticationCore().AddWebEncoders());

    /// <summary>For any operator.</summary>
    public static TBuilder RequireOperator<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(ReadPolicy);

    /// <summary>For operators who may act.</summary>
    public static TBuilder RequireResponder<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(ActPolicy);
}
