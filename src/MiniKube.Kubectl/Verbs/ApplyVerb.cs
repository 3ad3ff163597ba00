namespace MiniKube.Kubectl;

/// <summary>kubectl apply: makes objects what files say they are.</summary>
internal static class ApplyVerb
{
    public static readonly Verb Verb = new("apply", "Apply a configuration to a resource by file name or stdin", "kubectl apply (-f FILENAME) [options]")
    {
        Flags =
        [
            .. CommonFlags.Files, .. CommonFlags.Output, .. DeleteVerb.Ways, CommonFlags.DryRun, CommonFlags.Validate, CommonFlags.Selector,
            FlagSpec.Text("field-manager", "The name under which fields are owned"),
            FlagSpec.Switch("server-side", "The server merges, and knows whose each field is"),
            FlagSpec.Switch("force-conflicts", "Take fields from others; with --server-side"),
            FlagSpec.Switch("overwrite", "Set fields that others changed meanwhile", on: true),
            FlagSpec.Switch("openapi-patch", "Accepted and not needed", on: true),
            FlagSpec.Switch("prune", "Delete what was applied before and is in the files no more; with --selector or --all"),
            FlagSpec.Many("prune-allowlist", "The types that --prune looks at: group/version/kind"),
            FlagSpec.Switch("all", "--prune looks at everything of the namespaces in the files"),
        ],
        Verbs = [ApplyLastApplied.View, ApplyLastApplied.Set],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (call.Arguments.Count > 0) throw call.Misused($"Unexpected args: [{string.Join(' ', call.Arguments)}]");
        if (!Manifests.AreNamed(call.Words)) throw new Failure("must specify one of -f and -k");
        if (call.Switch("force-conflicts") && !call.Switch("server-side")) throw new Failure("--force-conflicts only works with --server-side");
        if (call.DryRun == DryRun.Client && call.Switch("server-side")) throw new Failure("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
        if (call.Switch("prune") && call.Text("selector").Length == 0 && !call.Switch("all")) throw new Failure("all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector");
        var (refusals, visited, count) = (new List<Refusal>(), new List<Subject>(), 0);
        foreach (var manifest in await Manifests.Read(call))
        {
            if (!LabelMatch.Selects(call.Text("selector"), manifest.Object)) continue;
            var subject = await Subjects.Of(call, manifest);
            if (subject.Name.Length == 0 && manifest.Object.Meta().Text("generateName") is { } generated) throw new Failure($"from {generated}: cannot use generate name with apply");
            count++;
            visited.Add(subject);
            try
            {
                if (call.Switch("server-side")) await ServerSide(call, subject);
                else await ClientApply.Run(call, subject);
            }
            catch (Refusal refusal)
            {
                refusals.Add(refusal);
            }
        }
        if (count == 0) throw new Failure("no objects passed to apply");
        if (call.Switch("prune") && refusals.Count == 0) await Prune.Run(call, visited);
        return Refusals.Tell(call, refusals);
    }

    private static async Task ServerSide(Call call, Subject subject)
    {
        var manager = call.Text("field-manager") is { Length: > 0 } named ? named : "kubectl";
        var query = Query.Of(("dryRun", call.DryRun == DryRun.Server ? "All" : null), ("fieldManager", manager), ("fieldValidation", CreateFromFile.Validation(call)), ("force", call.Switch("force-conflicts") ? "true" : "false"));
        try
        {
            ObjectPrinter.Tell(call, subject, await call.Api.Patch(subject.Path + query, subject.Object, ApiClient.ApplyPatch), "serverside-applied");
        }
        catch (Refusal refusal) when (refusal.Error.Reason == "Conflict" && refusal.Error.Message.StartsWith("Apply failed with", StringComparison.Ordinal))
        {
            throw new Failure($"{refusal.Error.Message}\n{HowToResolve}");
        }
    }

    private const string HowToResolve = """
        Please review the fields above--they currently have other managers. Here
        are the ways you can resolve this warning:
        * If you intend to manage all of these fields, please re-run the apply
          command with the `--force-conflicts` flag.
        * If you do not intend to manage all of the fields, please edit your
          manifest to remove references to the fields that should keep their
          current managers.
        * You may co-own fields by updating your manifest to match the existing
          value; in this case, you'll become the manager if the other manager(s)
          stop managing the field (remove it from their configuration).
        See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
        """;
}
