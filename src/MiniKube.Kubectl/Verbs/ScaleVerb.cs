using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl scale: how many there shall be.</summary>
internal static class ScaleVerb
{
    public static readonly Verb Verb = new("scale", "Set a new size for a deployment, replica set, or replication controller", "kubectl scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME) [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.Selector, CommonFlags.DryRun,
            FlagSpec.Number("replicas", "How many there shall be", -1),
            FlagSpec.Number("current-replicas", "Only if there are so many now", -1),
            FlagSpec.Text("resource-version", "Only if the object is still at this version"),
            FlagSpec.Duration("timeout", "Wait so long until it is so; 0 is not to wait"),
            FlagSpec.Switch("all", "All objects of the type"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var count = call.Words.Number("replicas");
        if (!call.Has("replicas")) throw new Failure("required flag(s) \"replicas\" not set");
        if (count < 0) throw new Failure("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
        var refusals = new List<Refusal>();
        var subjects = await Subjects.Live(call, call.Arguments);
        if (subjects.Count == 0) throw new Failure("no objects passed to scale");
        foreach (var subject in subjects)
        {
            if (!subject.Type.Subresources.Contains("scale")) throw new Failure($"could not find a scale for {subject.Title}: the server could not find the requested resource");
            var (current, version) = (subject.Object.Spec().Whole("replicas") ?? 0, subject.Object.Meta().Text("resourceVersion"));
            if (call.Words.Number("current-replicas") is var expected and >= 0 && expected != current) throw new Failure($"Expected replicas to be {expected}, was {current}");
            if (call.Text("resource-version") is { Length: > 0 } at && at != version) throw new Failure($"Expected resource version to be {at}, was {version}");
            try
            {
                if (call.DryRun != DryRun.Client) await call.Api.Patch(subject.Sub("scale") + call.WriteQuery(), new JsonMap { { "spec", new JsonMap { { "replicas", count } } } }, ApiClient.MergePatch);
                if (call.Words.Duration("timeout") > TimeSpan.Zero && call.DryRun == DryRun.None)
                    await Following.Until(call, subject, o => (o.Status().Whole("replicas") ?? 0) == count && (o.Status().Whole("observedGeneration") ?? 0) >= (o.Meta().Whole("generation") ?? 0), call.Words.Duration("timeout"), "timed out waiting for the condition");
                ObjectPrinter.Tell(call, subject, subject.Object, "scaled");
            }
            catch (Refusal refusal)
            {
                refusals.Add(refusal);
            }
        }
        return Refusals.Tell(call, refusals);
    }
}

/// <summary>Follows one object until something is true of it.</summary>
internal static class Following
{
    public static async Task Until(Call call, Subject subject, Func<JsonMap, bool> done, TimeSpan limit, string late)
    {
        using var patience = new CancellationTokenSource();
        if (limit > TimeSpan.Zero) patience.CancelAfter(limit);
        try
        {
            while (true)
            {
                var live = await call.Api.Get(subject.Path);
                if (done(live)) return;
                var path = subject.Type.Path(subject.Namespace) + Query.Of(("watch", "true"), ("fieldSelector", $"metadata.name={subject.Name}"), ("resourceVersion", live.Meta().Text("resourceVersion")), ("timeoutSeconds", "300"));
                try
                {
                    await foreach (var (type, o) in call.Api.Watch(path, cancel: patience.Token))
                    {
                        if (type == "DELETED") throw new Failure("object has been deleted");
                        if (done(o)) return;
                    }
                }
                catch (Refusal refusal) when (refusal.Error.Code == 410)
                {
                    // Too much has happened since: look again.
                }
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new Failure(late);
        }
    }
}
