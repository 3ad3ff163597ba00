using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>apply without the server's help: the patch is made here, from what was applied last, what is live and what the file says.</summary>
internal static class ClientApply
{
    private const int Tries = 5;

    public static async Task Run(Call call, Subject subject)
    {
        var manager = call.Text("field-manager") is { Length: > 0 } named ? named : "kubectl-client-side-apply";
        var query = Query.Of(("dryRun", call.DryRun == DryRun.Server ? "All" : null), ("fieldManager", manager), ("fieldValidation", CreateFromFile.Validation(call)));
        LastApplied.Set(subject.Object);
        for (var left = Tries; ; left--)
        {
            if (await Live(call, subject) is not { } live)
            {
                ObjectPrinter.Tell(call, subject, await Create(call, subject, query), "created");
                return;
            }
            if (LastApplied.Of(live) is null)
                call.Error.WriteLine($"Warning: resource {subject.Type.Plural}/{subject.Name} is missing the {LastApplied.Annotation} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.");
            if (live.Meta().Has("deletionTimestamp")) call.Error.WriteLine($"Warning: Detected changes to resource {subject.Name} which is currently being deleted.");
            var schema = ThreeWayMerge.SchemaOf(subject.Type.ApiVersion, subject.Type.Kind);
            var patch = ThreeWayMerge.Patch(LastApplied.Of(live) ?? [], subject.Object, live, schema);
            if (patch.Count == 0)
            {
                ObjectPrinter.Tell(call, subject, live, "unchanged");
                return;
            }
            try
            {
                ObjectPrinter.Tell(call, subject, await Send(call, subject, live, patch, schema, query), "configured");
                return;
            }
            catch (Refusal refusal) when (refusal.Error.Reason == "Conflict" && left > 1)
            {
                // Somebody changed it meanwhile: look again.
            }
            catch (Refusal refusal) when (refusal.Error.Reason is "Conflict" or "Invalid" && call.Switch("force"))
            {
                await DeleteVerb.Delete(call, subject, DeletionWay.Of(call));
                await Departure.Wait(call, subject, live.Uid(), call.Words.Duration("timeout"));
                ObjectPrinter.Tell(call, subject, await Create(call, subject, query), "configured");
                return;
            }
        }
    }

    private static async Task<JsonMap?> Live(Call call, Subject subject)
    {
        try
        {
            return await call.Api.Find(subject.Path);
        }
        catch (Refusal refusal)
        {
            throw refusal.During($"retrieving current configuration of:\n{About(subject)}\nfrom server for:", subject.Source);
        }
    }

    private static async Task<JsonMap> Create(Call call, Subject subject, string query)
    {
        try
        {
            return call.DryRun == DryRun.Client ? subject.Object : await call.Api.Post(subject.Type.Path(subject.Namespace) + query, subject.Object);
        }
        catch (Refusal refusal)
        {
            throw refusal.During("creating", subject.Source);
        }
    }

    private static async Task<JsonMap> Send(Call call, Subject subject, JsonMap live, JsonMap patch, Schema? schema, string query)
    {
        if (call.DryRun == DryRun.Client)
        {
            var changed = live.CloneMap();
            if (schema is null) MergePatch.Apply(changed, patch);
            else changed = StrategicMerge.Apply(changed, patch, schema).Value;
            return changed;
        }
        try
        {
            return await call.Api.Patch(subject.Path + query, patch, schema is null ? ApiClient.MergePatch : ApiClient.StrategicPatch);
        }
        catch (Refusal refusal)
        {
            throw refusal.During($"applying patch:\n{GoJson.Compact(patch)}\nto:\n{About(subject)}\nfor:", subject.Source);
        }
    }

    private static string About(Subject subject)
    {
        var (group, version) = (subject.Type.Group, subject.Type.Version);
        return $"Resource: \"{group}/{version}, Resource={subject.Type.Plural}\", GroupVersionKind: \"{group}/{version}, Kind={subject.Type.Kind}\"\nName: \"{subject.Name}\", Namespace: \"{subject.Namespace}\"";
    }
}
