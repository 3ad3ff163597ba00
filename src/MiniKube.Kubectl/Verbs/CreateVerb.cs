using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl create: from files, or one of the kinds below from what is said.</summary>
internal static class CreateVerb
{
    public static readonly Verb Verb = new("create", "Create a resource from a file or from stdin", "kubectl create -f FILENAME [options]")
    {
        Flags = CreateFromFile.Flags,
        Run = CreateFromFile.Run,
        Verbs =
        [
            CreateRbac.ClusterRole, CreateRbac.ClusterRoleBinding, CreateConfig.ConfigMap, CreateWorkloads.CronJob, CreateWorkloads.Deployment, CreateIngress.Verb, CreateWorkloads.Job,
            CreateSimple.Namespace, CreateSimple.PodDisruptionBudget, CreateSimple.PriorityClass, CreateSimple.Quota, CreateRbac.Role, CreateRbac.RoleBinding, CreateConfig.Secret,
            CreateService.Verb, CreateSimple.ServiceAccount, CreateToken.Verb,
        ],
    };

    /// <summary>A kind that is made from a name and flags.</summary>
    public static Verb Kind(string name, string about, string usage, string plural, FlagSpec[] flags, Func<Call, string, Task<JsonMap>> make, params string[] aliases) => new(name, about, usage)
    {
        Aliases = aliases,
        Flags = [.. flags, .. CommonFlags.Output, CommonFlags.DryRun, CommonFlags.Validate, CommonFlags.SaveConfig, CommonFlags.FieldManager("kubectl-create")],
        Run = async call =>
        {
            var name = call.Arguments.Count > 0 ? call.Arguments[0] : throw call.Misused("exactly one NAME is required, got 0");
            if (call.Words.BeforeDash is var dash && call.Arguments.Count > 1 && dash != 1) throw call.Misused($"exactly one NAME is required, got {call.Arguments.Count}");
            return await Send(call, plural, await make(call, name));
        },
    };

    public static Verb Kind(string name, string about, string usage, string plural, FlagSpec[] flags, Func<Call, string, JsonMap> make, params string[] aliases) =>
        Kind(name, about, usage, plural, flags, (call, own) => Task.FromResult(make(call, own)), aliases);

    public static async Task<int> Send(Call call, string plural, JsonMap o)
    {
        var group = Objects.Group(o.ApiVersion());
        ApiResource type;
        if (call.DryRun == DryRun.Client) type = new(group, "", plural, plural, o.Kind(), Namespaced: false);
        else
        {
            type = (await call.Discover()).Of(o.ApiVersion(), o.Kind()) ?? throw new Failure($"no matches for kind \"{o.Kind()}\" in version \"{o.ApiVersion()}\"");
            if (type.Namespaced) o.MapOrNew("metadata").Set("namespace", call.Namespace);
        }
        if (call.DryRun == DryRun.Client && call.Access.NamespaceGiven && !Clusterwide.Contains(plural)) o.MapOrNew("metadata").Set("namespace", call.Namespace);
        if (call.Words.Knows("save-config") && call.Switch("save-config")) LastApplied.Set(o);
        try
        {
            var made = call.DryRun == DryRun.Client ? o : await call.Api.Post(type.Path(call.Namespace) + call.WriteQuery(("fieldValidation", CreateFromFile.Validation(call))), o);
            ObjectPrinter.Tell(call, new Subject(type, null, made.Name()), made, "created");
            return 0;
        }
        catch (Refusal refusal) when (refusal.Error.Reason != "Invalid")
        {
            throw new Failure($"failed to create {o.Kind().ToLowerInvariant()}: {refusal.Error.Message}");
        }
    }

    private static readonly string[] Clusterwide = ["namespaces", "clusterroles", "clusterrolebindings", "priorityclasses"];

    public static JsonMap Object(string apiVersion, string kind, string name) => new()
    {
        { "apiVersion", apiVersion }, { "kind", kind }, { "metadata", Named(name) },
    };

    /// <summary>Metadata as Go writes it before a server has seen it.</summary>
    public static JsonMap Named(string? name = null, JsonMap? labels = null)
    {
        var meta = new JsonMap { { "creationTimestamp", Json.Null } };
        if (name is not null) meta.Set("name", name);
        if (labels is not null) meta.Set("labels", labels);
        return meta;
    }

    /// <summary>"a=b" pairs; how many of them a flag may hold is nobody's business.</summary>
    public static JsonMap Pairs(IEnumerable<string> words, string what)
    {
        var map = new JsonMap();
        foreach (var word in words)
        {
            var at = word.IndexOf('=');
            map.Set(at > 0 ? word[..at] : throw new Failure($"invalid {what} {word}, expected key=value"), word[(at + 1)..]);
        }
        return map;
    }

    /// <summary>The object form of a selector that was written as a query.</summary>
    public static JsonMap LabelSelector(string text)
    {
        var parsed = Selector.Parse(text);
        if (parsed.Error is { } fault) throw new Failure(fault.Message);
        var (labels, others) = (new JsonMap(), new JsonList());
        foreach (var r in parsed.Value.Requirements)
        {
            if (r is { Operator: LabelOperator.In, Values.Count: 1 }) labels.Set(r.Key, r.Values[0]);
            else
            {
                var one = new JsonMap { { "key", r.Key }, { "operator", r.Operator.ToString() } };
                if (r.Values.Count > 0) one.Add("values", JsonList.OfTexts(r.Values));
                others.Add(one);
            }
        }
        var selector = new JsonMap();
        if (labels.Count > 0) selector.Add("matchLabels", labels);
        if (others.Count > 0) selector.Add("matchExpressions", others);
        return selector;
    }
}
