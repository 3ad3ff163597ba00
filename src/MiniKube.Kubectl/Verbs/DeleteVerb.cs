using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl delete: by file, name, selector, or all there are; and waits until they are gone.</summary>
internal static class DeleteVerb
{
    public static readonly FlagSpec[] Ways =
    [
        new("cascade", FlagKind.Text, "background, foreground or orphan: what becomes of what belongs to it") { Default = "background", Bare = "background" },
        FlagSpec.Switch("force", "Don't wait for the node's word; with a grace period of 0"),
        FlagSpec.Number("grace-period", "Seconds to end in; negative is the object's own", -1),
        FlagSpec.Duration("timeout", "How long to wait for the end; 0 is as long as it takes"),
        FlagSpec.Switch("wait", "Wait until it is gone", on: true),
    ];

    public static readonly Verb Verb = new("delete", "Delete resources by file names, stdin, resources and names, or by resources and label selector", "kubectl delete ([-f FILENAME] | TYPE [(NAME | -l label | --all)]) [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. Ways, CommonFlags.Selector, CommonFlags.FieldSelector, CommonFlags.AllNamespaces, CommonFlags.DryRun,
            FlagSpec.Switch("all", "All objects of the type"),
            FlagSpec.Switch("now", "End within a second"),
            FlagSpec.Switch("ignore-not-found", "What isn't there is no failure"),
            FlagSpec.Text("output", "name", 'o'),
            FlagSpec.Text("raw", "Send the deletion to this path"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (call.Text("raw") is { Length: > 0 } raw)
        {
            call.Out.Write(JsonWriter.ToText(await call.Api.Delete(raw)));
            return 0;
        }
        if (call.Text("output") is not ("" or "name")) throw new Failure($"unexpected -o output mode: {call.Text("output")}. We only support '-o name'");
        var (targets, byList) = await Targets(call);
        var way = DeletionWay.Of(call);
        if (way.Force && way.Grace == 0)
            call.Error.WriteLine("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.");
        var missingIsFine = byList || call.Switch("ignore-not-found");
        var (gone, refusals, left) = (new List<(Subject, string)>(), new List<Refusal>(), 0);
        foreach (var target in targets)
        {
            try
            {
                var uid = call.DryRun == DryRun.Client ? "" : await Delete(call, target, way);
                left++;
                if (uid.Length > 0) gone.Add((target, uid));
                Tell(call, target, way);
            }
            catch (Refusal refusal) when (refusal.Error.Code == 404 && missingIsFine)
            {
                // Somebody was faster.
            }
            catch (Refusal refusal)
            {
                refusals.Add(refusal.During("deleting", target.Source));
            }
        }
        if (left == 0 && refusals.Count == 0 && !call.Switch("ignore-not-found")) call.Out.WriteLine("No resources found");
        await call.Out.FlushAsync();
        if (way.Wait && call.DryRun == DryRun.None) foreach (var (subject, uid) in gone) await Departure.Wait(call, subject, uid, call.Words.Duration("timeout"));
        return Refusals.Tell(call, refusals);
    }

    /// <summary>Deletes and says which object that was.</summary>
    public static async Task<string> Delete(Call call, Subject target, DeletionWay way)
    {
        var options = new JsonMap { { "apiVersion", "v1" }, { "kind", "DeleteOptions" }, { "propagationPolicy", way.Propagation } };
        if (way.Grace >= 0) options.Add("gracePeriodSeconds", way.Grace);
        if (call.DryRun == DryRun.Server) options.Add("dryRun", JsonList.Of("All"));
        var answer = await call.Api.Delete(target.Path, options);
        return answer.Kind() == "Status" ? answer.Map("details")?.Text("uid") ?? "" : answer.Uid();
    }

    private static async Task<(List<Subject> Targets, bool ByList)> Targets(Call call)
    {
        if (Manifests.AreNamed(call.Words))
        {
            if (call.Switch("all") || call.Text("selector").Length > 0) throw new Failure("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well");
            return (await Subjects.FromFiles(call), false);
        }
        if (call.Arguments.Count == 0) throw new Failure(Subjects.MustName);
        if (call.Switch("all") && (call.Text("selector").Length > 0 || call.Text("field-selector").Length > 0)) throw new Failure("cannot set --all and --selector at the same time");
        var selection = Selection.Of(call.Arguments, await call.Discover());
        if (selection.ByName)
        {
            if (call.Text("selector").Length > 0) throw new Failure("name cannot be provided when a selector is specified");
            if (call.Switch("all")) throw new Failure("name cannot be provided when --all is specified");
            if (call.Everywhere) throw new Failure("a resource cannot be retrieved by name across all namespaces");
            return ([.. selection.Parts.Select(p => new Subject(p.Type, p.Type.Namespaced ? call.Namespace : null, p.Name!))], false);
        }
        if (!call.Switch("all") && call.Text("selector").Length == 0 && call.Text("field-selector").Length == 0) throw new Failure("resource(s) were provided, but no name was specified");
        var all = new List<Subject>();
        foreach (var (type, _) in selection.Parts)
            all.AddRange((await Subjects.List(call, type, call.Everywhere ? null : call.Namespace, call.Text("selector"), call.Text("field-selector"))).Select(o => new Subject(type, o.Namespace(), o.Name()) { Object = o }));
        return (all, true);
    }

    private static void Tell(Call call, Subject target, DeletionWay way)
    {
        if (call.Text("output") == "name")
        {
            call.Out.WriteLine(target.Title);
            return;
        }
        var kind = target.Title[..target.Title.IndexOf('/')];
        call.Out.WriteLine($"{kind} \"{target.Name}\" {(way.Force && way.Grace == 0 ? "force deleted" : "deleted")}{call.DryRunSuffix}");
    }
}

/// <summary>How objects are to be deleted.</summary>
internal sealed record DeletionWay(long Grace, bool Force, bool Wait, string Propagation)
{
    public static DeletionWay Of(Call call)
    {
        var (grace, force, wait) = (call.Words.Number("grace-period"), call.Switch("force"), call.Switch("wait"));
        if (call.Words.Knows("now") && call.Switch("now"))
        {
            if (grace != -1) throw new Failure("--now and --grace-period cannot be specified together");
            grace = 1;
        }
        if (force && grace > 0) throw new Failure("--force and --grace-period greater than 0 cannot be specified together");
        if (force && grace < 0) grace = 0;
        // Nobody loses data by a zero alone.
        if (grace == 0 && !force) grace = 1;
        if (force && !call.Has("wait")) wait = false;
        return new(grace, force, wait, call.Text("cascade") switch
        {
            "background" or "true" => "Background",
            "foreground" => "Foreground",
            "orphan" or "false" => "Orphan",
            var other => throw new Failure($"Invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\"."),
        });
    }
}

/// <summary>Waiting until an object is gone.</summary>
internal static class Departure
{
    public static async Task Wait(Call call, Subject subject, string uid, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource();
        if (limit > TimeSpan.Zero) patience.CancelAfter(limit);
        try
        {
            while (await call.Api.Find(subject.Path) is { } live && live.Uid() == uid)
            {
                var path = subject.Type.Path(subject.Namespace) + Query.Of(("watch", "true"), ("fieldSelector", $"metadata.name={subject.Name}"), ("resourceVersion", live.Meta().Text("resourceVersion")), ("timeoutSeconds", "60"));
                await foreach (var (type, o) in call.Api.Watch(path, cancel: patience.Token))
                    if (type == "DELETED" || o.Uid() != uid) return;
            }
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new Failure($"timed out waiting for the condition on {subject.Type.Plural}/{subject.Name}");
        }
        catch (Refusal refusal) when (refusal.Error.Code is 404 or 410)
        {
            // Gone, type and all.
        }
    }
}
