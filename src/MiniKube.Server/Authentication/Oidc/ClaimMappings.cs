using MiniKube.Machinery;
using MiniKube.Machinery.Cel;

namespace MiniKube.Server.Oidc;

/// <summary>A part of a user out of the claims: one of them with a prefix, or what an expression makes of all.</summary>
public sealed record ClaimSource(string Claim, string Prefix, CelProgram? Expression);

/// <summary>Something that must hold: a claim with a value, or an expression.</summary>
public sealed record ClaimRule(string Claim, string Value, CelProgram? Expression, string Message);

/// <summary>The user that an AuthenticationConfiguration makes of a token's claims. Pure.</summary>
public sealed record ClaimMappings(ClaimSource Username)
{
    public ClaimSource? Groups { get; init; }
    public ClaimSource? Uid { get; init; }
    public IReadOnlyList<(string Key, CelProgram Value)> Extra { get; init; } = [];
    public IReadOnlyList<ClaimRule> ClaimRules { get; init; } = [];
    public IReadOnlyList<ClaimRule> UserRules { get; init; } = [];

    public Result<UserInfo> Who(JsonMap claims)
    {
        foreach (var rule in ClaimRules)
            if (Broken(rule, claims, Variable("claims", claims)) is { } broken) return ApiError.BadRequest(broken);
        var seen = Variable("claims", claims);
        if (Username.Claim == "email" && claims.Has("email_verified") && claims.Bool("email_verified") != true) return ApiError.BadRequest("email not verified");
        if (One(Username, claims, seen) is not { Length: > 0 } name) return ApiError.BadRequest("the username is empty or no text");
        if (Several(Groups, claims, seen) is not { } groups) return ApiError.BadRequest("the groups are neither a text nor a list of texts");
        if (One(Uid, claims, seen) is not { } uid) return ApiError.BadRequest("the uid is no text");
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (key, value) in Extra)
        {
            if (Texts(value.Run(seen)) is not { } values) return ApiError.BadRequest($"extra {key} is neither a text nor a list of texts");
            if (values.Count > 0) extra[key] = values;
        }
        var user = new UserInfo(name, groups) { Uid = uid, Extra = extra };
        if (UserRules.Count == 0) return user;
        var described = SelfSubjectReviews.Describe(user);
        foreach (var rule in UserRules)
            if (Broken(rule, described, Variable("user", described)) is { } broken) return ApiError.BadRequest(broken);
        return user;
    }

    private static Dictionary<string, object?> Variable(string name, JsonMap value) => new(StringComparer.Ordinal) { [name] = CelValues.FromJson(value, null) };

    private static string? Broken(ClaimRule rule, JsonMap claims, Dictionary<string, object?> seen)
    {
        if (rule.Expression is null) return claims.Text(rule.Claim) == rule.Value && claims[rule.Claim] is JsonText ? null : $"claim \"{rule.Claim}\" is not \"{rule.Value}\"";
        return rule.Expression.Run(seen) switch
        {
            true => null,
            CelError error => $"validation expression '{rule.Expression.Text}' failed: {error.Message}",
            _ => $"validation expression '{rule.Expression.Text}' failed: {(rule.Message.Length > 0 ? rule.Message : "it is not true")}",
        };
    }

    /// <summary>"" where nothing is asked for; null for what is no text.</summary>
    private static string? One(ClaimSource? source, JsonMap claims, Dictionary<string, object?> seen) => source switch
    {
        null => "",
        { Expression: { } expression } => expression.Run(seen) as string,
        _ => claims[source.Claim] is JsonText { Value.Length: > 0 } text ? source.Prefix + text.Value : null,
    };

    private static IReadOnlyList<string>? Several(ClaimSource? source, JsonMap claims, Dictionary<string, object?> seen)
    {
        if (source is null) return [];
        if (source.Expression is { } expression) return Texts(expression.Run(seen));
        return claims[source.Claim] is not { } told ? [] : Texts(CelValues.FromJson(told, null)) is { } groups ? [.. groups.Select(g => source.Prefix + g)] : null;
    }

    /// <summary>A text, a list of texts, or nothing at all; null for anything else.</summary>
    private static List<string>? Texts(object? value) => value switch
    {
        null or "" => [],
        string one => [one],
        object?[] several when several.All(s => s is string) => [.. several.OfType<string>().Where(s => s.Length > 0)],
        _ => null,
    };
}
