using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl wait: until something is so.</summary>
internal static class WaitVerb
{
    public static readonly Verb Verb = new("wait", "Wait for a specific condition on one or many resources", "kubectl wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]] [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.Selector, CommonFlags.FieldSelector, CommonFlags.AllNamespaces,
            FlagSpec.Text("for", "create, delete, condition=NAME[=VALUE] or jsonpath='{PATH}'[=VALUE]"),
            FlagSpec.Duration("timeout", "How long at most, each; 0 looks once, negative is a week", "30s"),
            FlagSpec.Switch("all", "All objects of the type"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var condition = WaitCondition.Parse(call.Text("for"));
        if (call.Arguments.Count == 0 && !Manifests.AreNamed(call.Words)) throw new Failure(Subjects.MustName);
        var limit = call.Words.Duration("timeout");
        if (limit < TimeSpan.Zero) limit = TimeSpan.FromDays(7);
        List<Subject> subjects;
        try
        {
            subjects = condition.Kind == WaitKind.Created ? await Unborn(call) : await Subjects.Live(call, call.Arguments);
        }
        catch (Refusal refusal) when (refusal.Error.Code == 404 && condition.Kind == WaitKind.Deleted)
        {
            return 0;
        }
        if (subjects.Count == 0)
        {
            if (condition.Kind == WaitKind.Deleted) return 0;
            throw new Failure("no matching resources found");
        }
        var code = 0;
        foreach (var subject in subjects)
        {
            try
            {
                await Wait(call, subject, condition, limit);
                ObjectPrinter.Tell(call, subject, subject.Object, condition.Kind == WaitKind.Deleted ? "deleted" : "condition met");
            }
            catch (Failure failure)
            {
                await call.Out.FlushAsync();
                call.Error.WriteLine(FailureText.Of(failure));
                code = 1;
            }
        }
        return code;
    }

    private static async Task<List<Subject>> Unborn(Call call)
    {
        if (Manifests.AreNamed(call.Words)) return await Subjects.FromFiles(call);
        var selection = Selection.Of(call.Arguments, await call.Discover());
        return [.. selection.Parts.Select(p => new Subject(p.Type, p.Type.Namespaced ? call.Namespace : null, p.Name ?? throw new Failure("--for=create needs names")))];
    }

    private static async Task Wait(Call call, Subject subject, WaitCondition condition, TimeSpan limit)
    {
        var late = $"timed out waiting for the condition on {subject.Type.Plural}/{subject.Name}";
        if (limit == TimeSpan.Zero)
        {
            var now = await call.Api.Find(subject.Path);
            if (condition.Kind == WaitKind.Deleted ? now is null : now is not null && (condition.Kind == WaitKind.Created || condition.Holds(now))) return;
            throw new Failure(late);
        }
        switch (condition.Kind)
        {
            case WaitKind.Deleted:
                await Departure.Wait(call, subject, subject.Object.Uid(), limit);
                break;
            case WaitKind.Created:
                await Arrival(call, subject, limit, late);
                break;
            default:
                await Following.Until(call, subject, condition.Holds, limit, late);
                break;
        }
    }

    private static async Task Arrival(Call call, Subject subject, TimeSpan limit, string late)
    {
        using var patience = new CancellationTokenSource(limit);
        var fields = ("fieldSelector", $"metadata.name={subject.Name}");
        try
        {
            while (true)
            {
                var list = await call.Api.Get(subject.Type.Path(subject.Namespace) + Query.Of(fields));
                if (list.Maps("items").Any()) return;
                await foreach (var (type, _) in call.Api.Watch(subject.Type.Path(subject.Namespace) + Query.Of(("watch", "true"), fields, ("resourceVersion", list.Meta().Text("resourceVersion"))), cancel: patience.Token))
                    if (type is "ADDED" or "MODIFIED") return;
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new Failure(late);
        }
    }
}

internal enum WaitKind
{
    Condition,
    Path,
    Created,
    Deleted,
}

/// <summary>What is waited for.</summary>
internal sealed record WaitCondition(WaitKind Kind, string Name, string? Value, JsonPathTemplate? Path)
{
    public static WaitCondition Parse(string text)
    {
        if (text.Equals("delete", StringComparison.OrdinalIgnoreCase)) return new(WaitKind.Deleted, "", null, null);
        if (text.Equals("create", StringComparison.OrdinalIgnoreCase)) return new(WaitKind.Created, "", null, null);
        if (text.StartsWith("condition=", StringComparison.Ordinal))
        {
            var rest = text["condition=".Length..];
            var at = rest.IndexOf('=');
            return at < 0 ? new(WaitKind.Condition, rest, "true", null) : new(WaitKind.Condition, rest[..at], rest[(at + 1)..], null);
        }
        if (text.StartsWith("jsonpath=", StringComparison.Ordinal))
        {
            var rest = text["jsonpath=".Length..].TrimStart('\'');
            var close = rest.StartsWith('{') ? PathExpression.Closing(rest, 0, '{', '}') : -1;
            var path = close >= 0 ? rest[..(close + 1)] : rest.Split('=')[0];
            var after = rest[path.Length..].TrimStart('\'');
            var value = after.StartsWith('=') ? after[1..] : null;
            if (value is { Length: 0 }) throw new Failure("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3");
            return new(WaitKind.Path, path, value?.Trim('"', '\''), JsonPathTemplate.Parse(JsonPathTemplate.Relaxed(path)));
        }
        throw new Failure($"unrecognized condition: \"{text}\"");
    }

    public bool Holds(JsonMap o)
    {
        if (Kind == WaitKind.Path)
        {
            var found = Path!.Find(o);
            return Value is null ? found.Count > 0 : found.Count == 1 && JsonPathTemplate.Show(found[0]) == Value;
        }
        var condition = o.Status().Maps("conditions").FirstOrDefault(c => string.Equals(c.Text("type"), Name, StringComparison.OrdinalIgnoreCase));
        if (condition is null || !string.Equals(condition.Text("status"), Value, StringComparison.OrdinalIgnoreCase)) return false;
        // A condition of an older spec says nothing about this one.
        var seen = condition.Whole("observedGeneration") ?? o.Status().Whole("observedGeneration");
        return seen is null || seen >= (o.Meta().Whole("generation") ?? 0);
    }
}
