using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl create -f: makes what files describe.</summary>
internal static class CreateFromFile
{
    public static readonly FlagSpec[] Flags =
    [
        .. CommonFlags.Files, .. CommonFlags.Output, CommonFlags.DryRun, CommonFlags.Validate, CommonFlags.SaveConfig, CommonFlags.Selector,
        CommonFlags.FieldManager("kubectl-create"), FlagSpec.Text("raw", "Send the file to this path"),
    ];

    public static async Task<int> Run(Call call)
    {
        if (!Manifests.AreNamed(call.Words)) throw call.Misused(call.Arguments.Count > 0 ? $"Unexpected args: [{string.Join(' ', call.Arguments)}]" : "must specify one of -f and -k");
        if (call.Arguments.Count > 0) throw call.Misused($"Unexpected args: [{string.Join(' ', call.Arguments)}]");
        if (call.Text("raw") is { Length: > 0 } raw)
        {
            foreach (var manifest in await Manifests.Read(call)) call.Out.Write(JsonWriter.ToText(await call.Api.Post(raw, manifest.Object)));
            return 0;
        }
        var refusals = new List<Refusal>();
        foreach (var manifest in await Manifests.Read(call))
        {
            var subject = await Subjects.Of(call, manifest);
            if (!LabelMatch.Selects(call.Text("selector"), subject.Object)) continue;
            if (call.Switch("save-config")) LastApplied.Set(subject.Object);
            try
            {
                var made = call.DryRun == DryRun.Client ? subject.Object : await call.Api.Post(subject.Type.Path(subject.Namespace) + call.WriteQuery(("fieldValidation", Validation(call))), subject.Object);
                ObjectPrinter.Tell(call, subject with { Name = made.Name() }, made, "created");
            }
            catch (Refusal refusal)
            {
                refusals.Add(refusal.During("creating", subject.Source));
            }
        }
        return Refusals.Tell(call, refusals);
    }

    /// <summary>What the server does with fields it doesn't know.</summary>
    public static string Validation(Call call) => call.Text("validate") switch
    {
        "strict" or "true" => "Strict",
        "warn" => "Warn",
        "ignore" or "false" => "Ignore",
        var other => throw new Failure($"invalid - validate option \"{other}\"; must be one of: strict (or true), warn, ignore (or false)"),
    };
}

/// <summary>Selectors judged here, for what isn't on the server.</summary>
internal static class LabelMatch
{
    public static bool Selects(string selector, JsonMap o)
    {
        if (selector.Length == 0) return true;
        var parsed = Selector.Parse(selector);
        return parsed.Error is { } fault ? throw new Failure(fault.Message) : parsed.Value.Matches(o.Meta().Map("labels"));
    }
}
