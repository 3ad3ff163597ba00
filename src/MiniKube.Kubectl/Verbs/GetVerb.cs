namespace MiniKube.Kubectl;

/// <summary>kubectl get: one or many resources.</summary>
internal static class GetVerb
{
    public static readonly Verb Verb = new("get", "Display one or many resources", "kubectl get [(-o|--output=)json|yaml|name|wide|…] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags] [options]")
    {
        Flags =
        [
            FlagSpec.Text("output", "json, yaml, name, wide, custom-columns, custom-columns-file, go-template, go-template-file, jsonpath, jsonpath-as-json or jsonpath-file", 'o'),
            .. CommonFlags.Output.Skip(1), .. CommonFlags.Files, CommonFlags.Selector, CommonFlags.FieldSelector, CommonFlags.AllNamespaces,
            FlagSpec.Switch("watch", "Show, and go on showing changes", 'w'),
            FlagSpec.Switch("watch-only", "Show changes only"),
            FlagSpec.Switch("output-watch-events", "Show with each change what kind it is"),
            FlagSpec.Switch("ignore-not-found", "What isn't there is no failure"),
            FlagSpec.Switch("show-labels", "A last column with all labels"),
            FlagSpec.List("label-columns", "Columns of these labels", 'L'),
            FlagSpec.Switch("no-headers", "No line of headers"),
            FlagSpec.Switch("show-kind", "Name the type with each name"),
            FlagSpec.Text("sort-by", "Sort by what this JSON path finds"),
            FlagSpec.Text("raw", "Ask for this path and print the answer as it is"),
            FlagSpec.Text("subresource", "Of each object, this part: status or scale"),
            FlagSpec.Switch("server-print", "Tables are made by the server", on: true),
            FlagSpec.Number("chunk-size", "Fetch long lists in pieces of so many; 0 is at once", 500),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (call.Text("raw") is { Length: > 0 } raw)
        {
            if (call.Arguments.Count > 0 || Manifests.AreNamed(call.Words)) throw call.Misused("arguments may not be passed when --raw is specified");
            await call.Out.FlushAsync();
            await using var answer = await call.Api.Stream(raw);
            await answer.CopyToAsync(call.Around.RawOut, call.Stop);
            await call.Around.RawOut.FlushAsync(call.Stop);
            return 0;
        }
        if (call.Arguments.Count == 0 && !Manifests.AreNamed(call.Words))
            throw new Failure($"You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods).\nSee 'kubectl get -h' for help and examples") { Plain = true };
        var targets = await Targets(call);
        if (call.Switch("watch") || call.Switch("watch-only")) return await GetWatch.Run(call, targets);
        var format = call.Text("output");
        var table = format is "" or "wide" && call.Text("template").Length == 0;
        return table ? await GetTables.Run(call, targets) : await GetObjects.Run(call, targets);
    }

    public static TableOptions Options(Call call, bool several) => new()
    {
        Wide = call.Text("output") == "wide",
        NoHeaders = call.Switch("no-headers"),
        WithNamespace = call.Everywhere,
        WithKind = several || call.Switch("show-kind"),
        ShowLabels = call.Switch("show-labels"),
        LabelColumns = call.Words.All("label-columns"),
    };

    /// <summary>What is to be asked for: a list, or one object.</summary>
    public static async Task<List<GetTarget>> Targets(Call call)
    {
        var subresource = call.Text("subresource") is { Length: > 0 } part ? part : null;
        if (Manifests.AreNamed(call.Words)) return [.. (await Subjects.FromFiles(call)).Select(s => new GetTarget(s.Type, s.Namespace, s.Name, subresource))];
        var selection = Selection.Of(call.Arguments, await call.Discover());
        if (selection.ByName && call.Everywhere) throw new Failure("a resource cannot be retrieved by name across all namespaces");
        if (selection.ByName && call.Text("selector").Length > 0) throw new Failure("name cannot be provided when a selector is specified");
        return [.. selection.Parts.Select(p => new GetTarget(p.Type, call.Everywhere || !p.Type.Namespaced ? null : call.Namespace, p.Name, subresource))];
    }

    public static void NothingFound(Call call, IReadOnlyList<GetTarget> targets)
    {
        if (call.Switch("ignore-not-found")) return;
        call.Error.WriteLine(call.Everywhere || targets.All(t => !t.Type.Namespaced) ? "No resources found" : $"No resources found in {call.Namespace} namespace.");
    }
}

/// <summary>One request of a get.</summary>
internal sealed record GetTarget(ApiResource Type, string? Namespace, string? Name, string? Subresource)
{
    public string Path => Type.Path(Namespace, Name, Subresource);

    public string Listing(Call call, string? more = null, bool whole = false) => Name is not null ? Path + (whole ? "?includeObject=Object" : "") : Path + Query.Of(
        ("labelSelector", call.Text("selector")), ("fieldSelector", call.Text("field-selector")), ("continue", more), ("includeObject", whole ? "Object" : null),
        ("limit", call.Words.Number("chunk-size") > 0 && !whole ? $"{call.Words.Number("chunk-size")}" : null));

    /// <summary>Whether a name that isn't there may be passed over.</summary>
    public bool MayBeMissing(Call call, Refusal refusal) => refusal.Error.Code == 404 && Name is not null && call.Switch("ignore-not-found");
}
