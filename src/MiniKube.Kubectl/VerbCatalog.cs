namespace MiniKube.Kubectl;

/// <summary>Every command there is.</summary>
internal static class VerbCatalog
{
    public static readonly IReadOnlyList<Verb> All =
    [
        // What there is
        GetVerb.Verb,
        DescribeVerb.Verb,
        EventsVerb.Verb,
        LogsVerb.Verb,
        TopVerb.Verb,
        // What there shall be
        CreateVerb.Verb,
        ApplyVerb.Verb,
        RunVerb.Verb,
        ExposeVerb.Verb,
        DeleteVerb.Verb,
        // What is to change
        EditVerb.Verb,
        PatchVerb.Verb,
        ReplaceVerb.Verb,
        SetVerb.Verb,
        LabelVerbs.Label,
        LabelVerbs.Annotate,
        ScaleVerb.Verb,
        AutoscaleVerb.Verb,
        RolloutVerb.Verb,
        WaitVerb.Verb,
        // Into pods
        ExecVerbs.Exec,
        ExecVerbs.Attach,
        PortForwardVerb.Verb,
        CopyVerb.Verb,
        // Nodes
        NodeVerbs.Cordon,
        NodeVerbs.Uncordon,
        DrainVerb.Verb,
        NodeVerbs.Taint,
        // The server and the way to it
        ApiResourcesVerb.Verb,
        ApiVersionsVerb.Verb,
        ExplainVerb.Verb,
        AuthVerb.Verb,
        ClusterInfoVerb.Verb,
        ConfigVerb.Verb,
        VersionVerb.Verb,
    ];
}
