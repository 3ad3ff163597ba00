using MiniKube.Machinery;

namespace MiniKube.Server.Audit;

public enum AuditLevel
{
    None,
    Metadata,
    Request,
    RequestResponse,
}

public enum AuditStage
{
    RequestReceived,
    ResponseStarted,
    ResponseComplete,
    Panic,
}

/// <summary>What to record of a request, and at which stages. Pure; the first rule that fits decides.</summary>
public sealed class AuditPolicy
{
    public sealed record Decision(AuditLevel Level, IReadOnlySet<AuditStage> Omitted, bool OmitManagedFields = false);

    private static readonly Decision Nothing = new(AuditLevel.None, new HashSet<AuditStage>());

    private readonly List<(JsonMap Rule, Decision Decision)> rules = [];

    private AuditPolicy()
    {
    }

    /// <summary>Who did what, for everything: what holds when nobody wrote a policy.</summary>
    public static AuditPolicy Default { get; } = Read("""{"kind":"Policy","rules":[{"level":"Metadata","omitStages":["RequestReceived"]}]}""").Value;

    /// <summary>A policy from YAML or JSON, or what is wrong with it.</summary>
    public static Result<AuditPolicy> Read(string text)
    {
        try
        {
            if (YamlReader.Read(text, _ => { }) is not JsonMap policy || policy.Text("kind") != "Policy") return ApiError.BadRequest("it is not an audit Policy");
            var made = new AuditPolicy();
            var always = Stages(policy);
            foreach (var rule in (policy.List("rules") ?? []).Maps())
            {
                if (!Enum.TryParse<AuditLevel>(rule.Text("level"), out var level))
                    return ApiError.BadRequest($"rules[{made.rules.Count}].level: \"{rule.Text("level")}\" must be one of {string.Join(", ", Enum.GetNames<AuditLevel>())}");
                made.rules.Add((rule, new Decision(level, always.Union(Stages(rule)).ToHashSet(), rule.Bool("omitManagedFields") ?? policy.Bool("omitManagedFields") ?? false)));
            }
            return made.rules.Count > 0 ? made : ApiError.BadRequest("it has no rules");
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return ApiError.BadRequest(e.Message);
        }
    }

    public Decision For(UserInfo user, RequestInfo request)
    {
        foreach (var (rule, decision) in rules)
            if (Fits(rule, user, request)) return decision;
        return Nothing;
    }

    private static HashSet<AuditStage> Stages(JsonMap map) => [.. (map.List("omitStages") ?? []).Texts().Select(s => Enum.Parse<AuditStage>(s))];

    private static bool Fits(JsonMap rule, UserInfo user, RequestInfo request)
    {
        if (!Open(rule, "users", user.Name) || !Open(rule, "verbs", request.Verb)) return false;
        if (rule.List("userGroups") is { Count: > 0 } groups && !groups.Texts().Any(user.In)) return false;
        var (resources, paths) = (rule.List("resources"), rule.List("nonResourceURLs"));
        if (resources is { Count: > 0 } || rule.List("namespaces") is { Count: > 0 })
            return request.IsResource && Open(rule, "namespaces", request.Namespace) && (resources is not { Count: > 0 } || resources.Maps().Any(r => FitsResource(r, request)));
        return paths is not { Count: > 0 } || !request.IsResource
            && paths.Texts().Any(p => p == "*" || p == request.Path || p.EndsWith('*') && request.Path.StartsWith(p[..^1], StringComparison.Ordinal));
    }

    private static bool FitsResource(JsonMap wanted, RequestInfo request)
    {
        if ((wanted.Text("group") ?? "") != request.Group || !Open(wanted, "resourceNames", request.Name)) return false;
        if (wanted.List("resources") is not { Count: > 0 } names) return true;
        var full = request.Subresource.Length > 0 ? $"{request.Resource}/{request.Subresource}" : request.Resource;
        return names.Texts().Any(n => n == "*" || n == full || request.Subresource.Length > 0 && (n == $"{request.Resource}/*" || n == $"*/{request.Subresource}"));
    }

    /// <summary>An absent or empty list leaves it open.</summary>
    private static bool Open(JsonMap map, string member, string value) => map.List(member) is not { Count: > 0 } list || list.Texts().Contains(value);
}
