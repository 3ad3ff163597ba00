using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Kinds.Batch;

internal static class JobHooks
{
    public static readonly KindHooks All = new()
    {
        Default = Default,
        PrepareCreate = GenerateSelector,
        Validate = (job, errors) => Check(Spot.Root(job, errors)),
        ValidateUpdate = CheckUpdate,
        Warn = PodWarnings.OfWorkload,
    };

    private static void Default(JsonMap job)
    {
        var spec = job.MapOrNew("spec");
        PodSpecDefaults.ApplyToTemplate(spec.Map("template"));
        if (!spec.Has("completions") && !spec.Has("parallelism")) spec.Set("completions", 1);
        if (!spec.Has("parallelism")) spec.Set("parallelism", 1);
        if (!spec.Has("backoffLimit")) spec.Set("backoffLimit", spec.Has("backoffLimitPerIndex") ? int.MaxValue : 6);
        if (!spec.Has("completionMode")) spec.Set("completionMode", "NonIndexed");
        if (!spec.Has("suspend")) spec.Set("suspend", false);
        if (!spec.Has("manualSelector")) spec.Set("manualSelector", false);
        if (!spec.Has("podReplacementPolicy")) spec.Set("podReplacementPolicy", spec.Has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
        foreach (var pattern in (spec.Map("podFailurePolicy")?.List("rules") ?? []).Maps().SelectMany(r => (r.List("onPodConditions") ?? []).Maps()))
            if (!pattern.Has("status")) pattern.Set("status", "True");
        var meta = job.MapOrNew("metadata");
        if (!meta.Has("labels") && spec.Map("template")?.Map("metadata")?.Map("labels") is { Count: > 0 } labels) meta.Set("labels", labels.Clone());
    }

    /// <summary>A selector by the Job's own uid, which the server has assigned by now.</summary>
    private static void GenerateSelector(JsonMap job)
    {
        var (meta, spec) = (job.MapOrNew("metadata"), job.MapOrNew("spec"));
        if (spec.Bool("manualSelector") == true || meta.Text("uid") is not { Length: > 0 } uid) return;
        var name = meta.Text("name") ?? "";
        var labels = spec.MapOrNew("template").MapOrNew("metadata").MapOrNew("labels");
        if (!spec.Has("selector")) spec.Set("selector", new JsonMap());
        spec.Map("selector")!.MapOrNew("matchLabels").Set("batch.kubernetes.io/controller-uid", uid);
        foreach (var (key, value) in (ReadOnlySpan<(string, string)>)
            [("batch.kubernetes.io/controller-uid", uid), ("batch.kubernetes.io/job-name", name), ("controller-uid", uid), ("job-name", name)])
            if (!labels.Has(key)) labels.Set(key, value);
        if (!meta.Has("labels")) meta.Set("labels", labels.Clone());
    }

    private static void Check(Spot job)
    {
        var spec = job["spec"];
        if (spec["manualSelector"].Bool != true && spec["selector"].IsSet) Generated(job, spec);
        CheckSpec(spec, inCronJob: false);
    }

    /// <summary>What the server put there must not have been said otherwise.</summary>
    private static void Generated(Spot job, Spot spec)
    {
        var (uid, name) = (job["metadata"]["uid"].Text, job["metadata"]["name"].Text);
        var labels = spec["template"]["metadata"]["labels"];
        var expected = new JsonMap();
        foreach (var (key, value) in (ReadOnlySpan<(string, string)>)
            [("batch.kubernetes.io/controller-uid", uid), ("batch.kubernetes.io/job-name", name), ("controller-uid", uid), ("job-name", name)])
        {
            expected.Set(key, value);
            var at = labels.At(key);
            if (!at.IsSet) at.Required($"must be '{value}'");
            else if (at.Text != value) at.Invalid(labels.Map, $"must be '{value}'");
        }
        if (!SelectorRules.Matches(spec["selector"].Map, expected)) spec["selector"].Invalid("`selector` not auto-generated");
    }

    private static void ManagedBy(Spot manager)
    {
        const int longest = 63;
        manager.FollowsDomainPath();
        if (manager.Text.Length > longest) manager.TooLong(longest);
    }

    private static void Indexed(Spot spec, long completions)
    {
        const int many = 100_000;
        const int most = 10_000;
        var failures = spec["maxFailedIndexes"];
        if (spec["backoffLimitPerIndex"].IsSet && completions > many)
        {
            if (!failures.IsSet) failures.Required($"must be specified when completions is above {many}");
            else
            {
                foreach (var at in (ReadOnlySpan<Spot>)[spec["parallelism"], failures])
                    if (at.Whole > most) at.Invalid($"must be less than or equal to {most} when completions are above {many} and used with backoff limit per index");
            }
        }
        if (failures.Whole > completions) failures.Invalid("must be less than or equal to completions");
    }

    internal static void CheckSpec(Spot spec, bool inCronJob)
    {
        foreach (var count in (ReadOnlySpan<string>)
            ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"])
            spec[count].NotNegative();
        if (spec["maxFailedIndexes"].IsSet && !spec["backoffLimitPerIndex"].IsSet) spec["backoffLimitPerIndex"].Required("when maxFailedIndexes is specified");
        if (spec["managedBy"].IsSet) ManagedBy(spec["managedBy"]);
        var mode = spec["completionMode"];
        if (mode.IsSet)
        {
            if (mode.Text is not ("NonIndexed" or "Indexed")) mode.NotSupported("Indexed", "NonIndexed");
            if (mode.Text == "Indexed")
            {
                if (!spec["completions"].IsSet) spec["completions"].Required("when completion mode is Indexed");
                else Indexed(spec, spec["completions"].Whole ?? 0);
                if (spec["parallelism"].Whole > 100_000) spec["parallelism"].Invalid("must be less than or equal to 100000 when completion mode is Indexed");
            }
        }
        if (mode.Text != "Indexed")
        {
            if (spec["backoffLimitPerIndex"].IsSet) spec["backoffLimitPerIndex"].Invalid("requires indexed completion mode");
            if (spec["maxFailedIndexes"].IsSet) spec["maxFailedIndexes"].Invalid("requires indexed completion mode");
            if (spec["successPolicy"].IsSet) spec["successPolicy"].Invalid("requires indexed completion mode");
        }
        if (spec["podFailurePolicy"].IsSet) JobPolicyValidation.FailurePolicy(spec["podFailurePolicy"], spec);
        if (spec["successPolicy"].IsSet && mode.Text == "Indexed") JobPolicyValidation.SuccessPolicy(spec["successPolicy"], spec["completions"].Whole ?? 0);
        spec["podReplacementPolicy"].OneOfIfSet("Failed", "TerminatingOrFailed");
        if (spec["podFailurePolicy"].IsSet && spec["podReplacementPolicy"].Text == "TerminatingOrFailed")
            spec["podReplacementPolicy"].NotSupported("Failed");
        PodTemplateValidation.Check(spec["template"]);
        var policy = spec["template"]["spec"]["restartPolicy"];
        if (policy.Text is "" or "Always") policy.Required("valid values: \"OnFailure\", \"Never\"");
        else if (policy.Text is not ("OnFailure" or "Never")) policy.NotSupported("OnFailure", "Never");
        else if (spec["podFailurePolicy"].IsSet && policy.Text != "Never")
            policy.Invalid("only \"Never\" is supported when podFailurePolicy is specified");
        if (inCronJob)
        {
            if (spec["selector"].IsSet) spec["selector"].Invalid("`selector` will be auto-generated");
            if (spec["manualSelector"].Bool == true) spec["manualSelector"].NotSupported("nil", "false");
            return;
        }
        if (!spec["selector"].IsSet) spec["selector"].Required();
        else SelectorRules.Check(spec["selector"]);
        var labels = spec["template"]["metadata"]["labels"];
        if (spec["selector"].IsSet && !SelectorRules.Matches(spec["selector"].Map, labels.Map))
            labels.Invalid(labels.Map, "`selector` does not match template `labels`");
    }

    private static void CheckUpdate(JsonMap job, JsonMap old, List<FieldError> errors)
    {
        var spec = Spot.Root(job, errors)["spec"];
        var before = old.Map("spec") ?? [];
        if (spec["completionMode"].Text != "Indexed") spec["completions"].SameAs(before["completions"]);
        else if (spec["completions"].IsSet && before.Has("completions") && spec["completions"].Whole != before.Whole("completions") && spec["completions"].Whole != spec["parallelism"].Whole)
            spec["completions"].Invalid("can only be modified in tandem with spec.parallelism");
        spec["selector"].SameAs(before["selector"]);
        Template(spec["template"], before, spec["suspend"].Bool == true || before.Bool("suspend") == true);
        foreach (var field in (ReadOnlySpan<string>)["completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"])
            spec[field].SameAs(before[field]);
    }

    /// <summary>A suspended Job may still be told where its pods go.</summary>
    private static void Template(Spot template, JsonMap before, bool suspended)
    {
        var now = template.Map;
        var was = before.Map("template") ?? [];
        if (suspended && now.Map("spec") is not null && was.Map("spec") is { } wasSpec)
        {
            now = now.CloneMap();
            foreach (var field in (ReadOnlySpan<string>)["nodeSelector", "tolerations", "schedulingGates", "affinity"]) now.Map("spec")![field] = wasSpec[field];
            foreach (var field in (ReadOnlySpan<string>)["labels", "annotations"])
                now.MapOrNew("metadata")[field] = was.Map("metadata")?[field];
        }
        if (!now.SameAs(was)) template.Invalid("field is immutable");
    }
}
