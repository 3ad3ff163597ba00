using MiniKube.Machinery;
using MiniKube.Store;

namespace MiniKube.Server.Fairness;

/// <summary>Where a request belongs: the schema that caught it, its level, and what its flow is told apart by.</summary>
public sealed record Flow(FlowSchemaRule Schema, LevelRule Level, string Distinguisher);

/// <summary>One FlowSchema, ready for matching.</summary>
public sealed record FlowSchemaRule(string Name, string Uid, string Level, int Precedence, string By, IReadOnlyList<JsonMap> Rules);

/// <summary>One PriorityLevelConfiguration; Seats is what it has of all that may run at once.</summary>
public sealed record LevelRule(string Name, string Uid, bool Exempt, int Shares, int Lendable, int? Borrowing, int Queues, int HandSize, int QueueLength)
{
    public SeatShare Seats { get; init; }

    /// <summary>What does not queue rejects.</summary>
    public bool Queueing => Queues > 0;
}

/// <summary>The stored FlowSchemas and levels as one decision. Built anew when one of them changes.</summary>
public sealed class FlowRules
{
    private const string Group = "flowcontrol.apiserver.k8s.io";
    public static readonly string[] Collections = [$"flowschemas.{Group}", $"prioritylevelconfigurations.{Group}"];

    private static readonly LevelRule Unlimited = new("exempt", "", true, 0, 0, null, 0, 0, 0);
    private static readonly FlowSchemaRule Unmatched = new("exempt", "", "exempt", 0, "", []);

    private readonly List<FlowSchemaRule> schemas;
    private readonly Dictionary<string, LevelRule> levels;

    private FlowRules(List<FlowSchemaRule> schemas, Dictionary<string, LevelRule> levels)
    {
        (this.schemas, this.levels) = (schemas, levels);
        levels.TryAdd(Unlimited.Name, Unlimited);
        Masters = new(schemas.Find(s => s.Name == Unmatched.Name) ?? Unmatched, levels[Unlimited.Name], "");
    }

    public IReadOnlyCollection<LevelRule> Levels => levels.Values;

    /// <summary>Where system:masters belong, whatever anybody configures.</summary>
    public Flow Masters { get; }

    public static FlowRules Of(ISnapshot snapshot, int total) =>
        Of(snapshot.List(Collections[0]).Select(e => SchemaOf(ObjectCodec.Kept(e))), [.. snapshot.List(Collections[1]).Select(e => LevelOf(ObjectCodec.Kept(e)))], total);

    internal static FlowRules Of(IEnumerable<FlowSchemaRule> schemas, IReadOnlyList<LevelRule> levels, int total)
    {
        var shares = Math.Max(1, levels.Sum(l => l.Shares));
        return new([.. schemas.OrderBy(s => s.Precedence).ThenBy(s => s.Name, StringComparer.Ordinal)],
            levels.ToDictionary(l => l.Name, l => l with { Seats = SeatShare.Of(total, l.Shares, shares, l.Lendable, l.Borrowing) }, StringComparer.Ordinal));
    }

    public Flow For(UserInfo user, RequestInfo request)
    {
        foreach (var schema in schemas)
        {
            if (!levels.TryGetValue(schema.Level, out var level) || !schema.Rules.Any(r => Fits(r, user, request))) continue;
            return new(schema, level, schema.By switch { "ByUser" => user.Name, "ByNamespace" => request.Namespace, _ => "" });
        }
        return new(Unmatched, levels[Unlimited.Name], "");
    }

    private static LevelRule LevelOf(JsonMap level)
    {
        var (metadata, spec) = (level.Map("metadata")!, level.Map("spec") ?? []);
        var exempt = spec.Text("type") == "Exempt";
        var limited = spec.Map(exempt ? "exempt" : "limited");
        var queuing = limited?.Map("limitResponse")?.Text("type") == "Queue" ? limited.Map("limitResponse")?.Map("queuing") ?? [] : null;
        return new(metadata.Text("name")!, metadata.Text("uid") ?? "", exempt, (int)(limited?.Whole("nominalConcurrencyShares") ?? (exempt ? 0 : 30)),
            (int)(limited?.Whole("lendablePercent") ?? 0), (int?)limited?.Whole("borrowingLimitPercent"),
            queuing is null ? 0 : (int)(queuing.Whole("queues") ?? 64), (int)(queuing?.Whole("handSize") ?? 8), (int)(queuing?.Whole("queueLengthLimit") ?? 50));
    }

    private static FlowSchemaRule SchemaOf(JsonMap schema)
    {
        var (metadata, spec) = (schema.Map("metadata")!, schema.Map("spec") ?? []);
        return new(metadata.Text("name")!, metadata.Text("uid") ?? "", spec.Map("priorityLevelConfiguration")?.Text("name") ?? "", (int)(spec.Whole("matchingPrecedence") ?? 1000),
            spec.Map("distinguisherMethod")?.Text("type") ?? "", [.. (spec.List("rules") ?? []).Maps()]);
    }

    private static bool Fits(JsonMap rule, UserInfo user, RequestInfo request) =>
        (rule.List("subjects") ?? []).Maps().Any(s => IsSubject(s, user))
        && (request.IsResource ? (rule.List("resourceRules") ?? []).Maps().Any(r => FitsResource(r, request)) : (rule.List("nonResourceRules") ?? []).Maps().Any(r => FitsPath(r, request)));

    private static bool IsSubject(JsonMap subject, UserInfo user)
    {
        switch (subject.Text("kind"))
        {
            case "User":
                return subject.Map("user")?.Text("name") is { } name && (name == "*" || name == user.Name);
            case "Group":
                return subject.Map("group")?.Text("name") is { } group && (group == "*" || user.In(group));
            case "ServiceAccount":
                var account = subject.Map("serviceAccount");
                return user.ServiceAccount is var (ns, own) && account?.Text("namespace") == ns && (account.Text("name") is "*" || account.Text("name") == own);
            default:
                return false;
        }
    }

    private static bool FitsResource(JsonMap rule, RequestInfo request)
    {
        var full = request.Subresource.Length > 0 ? $"{request.Resource}/{request.Subresource}" : request.Resource;
        return Has(rule, "verbs", request.Verb) && Has(rule, "apiGroups", request.Group) && Has(rule, "resources", full)
            && (request.Namespace.Length == 0 ? rule.Bool("clusterScope") == true : Has(rule, "namespaces", request.Namespace));
    }

    private static bool FitsPath(JsonMap rule, RequestInfo request) => Has(rule, "verbs", request.Verb)
        && (rule.List("nonResourceURLs") ?? []).Texts().Any(p => p == "*" || p == request.Path || p.EndsWith("/*", StringComparison.Ordinal) && request.Path.StartsWith(p[..^1], StringComparison.Ordinal));

    private static bool Has(JsonMap rule, string member, string value) => (rule.List(member) ?? []).Texts().Any(v => v == "*" || v == value);
}
