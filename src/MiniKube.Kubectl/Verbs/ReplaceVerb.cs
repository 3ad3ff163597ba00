using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl replace: objects become what files say, wholly.</summary>
internal static class ReplaceVerb
{
    public static readonly Verb Verb = new("replace", "Replace a resource by file name or stdin", "kubectl replace -f FILENAME [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. CommonFlags.Output, .. DeleteVerb.Ways, CommonFlags.DryRun, CommonFlags.Validate, CommonFlags.SaveConfig, CommonFlags.FieldManager("kubectl-replace"),
            FlagSpec.Text("subresource", "Of the object, this part"), FlagSpec.Text("raw", "Send the file to this path"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (!Manifests.AreNamed(call.Words)) throw call.Misused("must specify --filename to replace");
        if (call.Text("raw") is { Length: > 0 } raw)
        {
            foreach (var manifest in await Manifests.Read(call)) call.Out.Write(JsonWriter.ToText(await call.Api.Put(raw, manifest.Object)));
            return 0;
        }
        var refusals = new List<Refusal>();
        foreach (var subject in await Subjects.FromFiles(call))
        {
            if (call.Switch("save-config") || call.Switch("force") is false && await call.Api.Find(subject.Path) is { } live && LastApplied.Of(live) is not null) LastApplied.Set(subject.Object);
            var query = call.WriteQuery(("fieldValidation", CreateFromFile.Validation(call)));
            try
            {
                if (call.Switch("force") && call.DryRun == DryRun.None && await call.Api.Find(subject.Path) is { } old)
                {
                    await DeleteVerb.Delete(call, subject, DeletionWay.Of(call));
                    call.Out.WriteLine($"{subject.Title[..subject.Title.IndexOf('/')]} \"{subject.Name}\" deleted");
                    await Departure.Wait(call, subject, old.Uid(), call.Words.Duration("timeout"));
                    subject.Object.Map("metadata")?.Remove("resourceVersion");
                    subject.Object.Map("metadata")?.Remove("uid");
                }
                var path = subject.Type.Path(subject.Namespace, subject.Name, call.Text("subresource") is { Length: > 0 } part ? part : null) + query;
                var made = call.DryRun == DryRun.Client ? subject.Object
                    : call.Switch("force") ? await call.Api.Post(subject.Type.Path(subject.Namespace) + query, subject.Object) : await call.Api.Put(path, subject.Object);
                ObjectPrinter.Tell(call, subject, made, "replaced");
            }
            catch (Refusal refusal)
            {
                refusals.Add(refusal.During("replacing", subject.Source));
            }
        }
        return Refusals.Tell(call, refusals);
    }
}
