using MiniKube.Machinery;

namespace MiniKube.Kinds.Events;

internal static class EventHooks
{
    public static readonly KindHooks Core = new()
    {
        Validate = (tree, errors) => CheckNamespace(Spot.Root(tree, errors), "involvedObject"),
    };

    public static readonly KindHooks Events = new()
    {
        Validate = (tree, errors) =>
        {
            var root = Spot.Root(tree, errors);
            CheckNamespace(root, "regarding");
            if (!root["eventTime"].IsSet) root["eventTime"].Required();
            if (!root["series"].IsSet && tree.Map("metadata")?.Has("resourceVersion") != true || root["series"].IsSet)
            {
                if (root["series"].IsSet)
                {
                    if (root["series"]["count"].Whole is null or < 2) root["series"]["count"].Invalid(root["series"]["count"].Value ?? 0, "should be at least 2");
                    if (!root["series"]["lastObservedTime"].IsSet) root["series"]["lastObservedTime"].Required();
                }
            }
            foreach (var (field, most) in (ReadOnlySpan<(string, int)>)[("reportingController", 0), ("reportingInstance", 128), ("action", 128), ("reason", 128)])
            {
                if (root[field].IsBlank) root[field].Required();
                else if (most == 0) root[field].Follows(LabelRules.Key);
                else if (root[field].Text.Length > most) root[field].Invalid($"can have at most {most} characters");
            }
            if (root["note"].Text.Length > 1024) root["note"].Invalid("can have at most 1024 characters");
            root["type"].OneOf("Normal", "Warning");
        },
    };

    /// <summary>An event lives in the namespace of its object; events of cluster-scoped objects live in default.</summary>
    private static void CheckNamespace(Spot root, string field)
    {
        var (own, theirs) = (root["metadata"]["namespace"].Text, root[field]["namespace"].Text);
        if (theirs.Length == 0 ? own is not ("" or "default" or "kube-system") && root[field]["kind"].Text is "Node" : own != theirs)
            root[field]["namespace"].Invalid(theirs, "does not match event.namespace");
    }
}
