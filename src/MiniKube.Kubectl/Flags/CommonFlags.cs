namespace MiniKube.Kubectl;

/// <summary>Groups of flags that several commands have.</summary>
internal static class CommonFlags
{
    public static readonly FlagSpec[] Output =
    [
        FlagSpec.Text("output", "json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json or jsonpath-file", 'o'),
        FlagSpec.Text("template", "The template for -o go-template and -o jsonpath"),
        FlagSpec.Switch("allow-missing-template-keys", "A template may name what isn't there", on: true),
        FlagSpec.Switch("show-managed-fields", "Keep managedFields in JSON and YAML"),
    ];

    public static readonly FlagSpec[] Files =
    [
        FlagSpec.List("filename", "File, directory, address or - to read resources from", 'f'),
        FlagSpec.Switch("recursive", "Directories with all below them", 'R'),
    ];

    public static readonly FlagSpec DryRun = new("dry-run", FlagKind.Text, "none, server or client: say what would be done") { Default = "none", Bare = "unchanged" };

    public static readonly FlagSpec Selector = FlagSpec.Text("selector", "Only objects with these labels: a=b, a!=b, a in (b,c)", 'l');

    public static readonly FlagSpec FieldSelector = FlagSpec.Text("field-selector", "Only objects with these fields: metadata.name=x");

    public static readonly FlagSpec AllNamespaces = FlagSpec.Switch("all-namespaces", "In every namespace", 'A');

    public static readonly FlagSpec Validate = new("validate", FlagKind.Text, "strict, warn or ignore: what to do with fields nobody knows") { Default = "strict", Bare = "strict" };

    public static readonly FlagSpec SaveConfig = FlagSpec.Switch("save-config", "Remember the configuration in the object, for a later apply");

    public static FlagSpec FieldManager(string standard) => FlagSpec.Text("field-manager", "The name under which fields are owned", standard: standard);
}
