using System.Diagnostics;
using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl edit: objects in the user's editor, and back.</summary>
internal static class EditVerb
{
    private const string Head = """
        # Please edit the object below. Lines beginning with a '#' will be ignored,
        # and an empty file will abort the edit. If an error occurs while saving this file will be
        # reopened with the relevant failures.
        #

        """;

    public static readonly Verb Verb = new("edit", "Edit a resource on the server", "kubectl edit (RESOURCE/NAME | -f FILENAME) [options]")
    {
        Flags = [.. CommonFlags.Files, FlagSpec.Text("output", "yaml or json: how it is shown", 'o', "yaml"), CommonFlags.Validate, CommonFlags.FieldManager("kubectl-edit"), FlagSpec.Switch("show-managed-fields", "With managedFields")],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var code = 0;
        foreach (var subject in await Subjects.Live(call, call.Arguments)) code |= await One(call, subject);
        return code;
    }

    private static async Task<int> One(Call call, Subject subject)
    {
        var before = subject.Object.CloneMap();
        if (!call.Switch("show-managed-fields")) before.Map("metadata")?.Remove("managedFields");
        var shown = call.Text("output") == "json" ? GoJson.Indented(before) + "\n" : GoYaml.Write(before);
        var (text, note) = (shown, "");
        var file = Path.Combine(Path.GetTempPath(), $"kubectl-edit-{Guid.NewGuid():n}.{call.Text("output")}");
        try
        {
            while (true)
            {
                var offered = (call.Text("output") == "json" ? "" : Head + note) + text;
                await File.WriteAllTextAsync(file, offered, call.Stop);
                await Open(call, file);
                var edited = await File.ReadAllTextAsync(file, call.Stop);
                var bare = string.Join('\n', edited.Split('\n').Where(l => !l.StartsWith('#')));
                if (bare.Trim().Length == 0 || bare.Trim() == text.Trim())
                {
                    if (note.Length == 0 || bare.Trim().Length == 0)
                    {
                        call.Error.WriteLine(bare.Trim().Length == 0 ? "Edit cancelled, saved file was empty." : "Edit cancelled, no changes made.");
                        return 0;
                    }
                    throw new Failure($"Edit cancelled, no valid changes were saved.") { Plain = true };
                }
                text = bare;
                if (await Save(call, subject, before, bare) is not { } fault) return 0;
                note = string.Concat(fault.Split('\n').Select(l => $"# {l}\n")) + "#\n";
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Null when it is saved, else why not.</summary>
    private static async Task<string?> Save(Call call, Subject subject, JsonMap before, string text)
    {
        try
        {
            if (YamlReader.Read(text) is not JsonMap after) return "the file must hold one object";
            if (after.Name() != subject.Name || after.Kind() != before.Kind()) return "the object's name and kind may not change";
            var schema = ThreeWayMerge.SchemaOf(subject.Type.ApiVersion, subject.Type.Kind);
            var patch = ThreeWayMerge.Patch(before, after, before, schema);
            var changed = await call.Api.Patch(subject.Path + call.WriteQuery(("fieldValidation", CreateFromFile.Validation(call))), patch, schema is null ? ApiClient.MergePatch : ApiClient.StrategicPatch);
            call.Out.WriteLine($"{subject.Type.Title(changed.Name())} edited");
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
        catch (Refusal refusal)
        {
            return FailureText.Of(refusal.Error);
        }
    }

    private static async Task Open(Call call, string file)
    {
        var editor = call.Around.Environment("KUBE_EDITOR") is { Length: > 0 } own ? own : call.Around.Environment("EDITOR") is { Length: > 0 } usual ? usual : "vi";
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var word in (string[])["-c", $"{editor} \"$1\"", "sh", file]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(call.Stop);
        if (process.ExitCode != 0) throw new Failure($"there was a problem with the editor \"{editor}\"");
    }
}
