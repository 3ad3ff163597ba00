using System.CommandLine;
using MiniKube.Engines.Containerd;
using MiniKube.Engines.Docker;
using MiniKube.Kubelet;
using MiniKube.Kubelet.Images;
using MiniKube.Machinery;

namespace MiniKube.Host;

/// <summary>`minik image`: the images that this machine's pods start from, in whatever engine they are.</summary>
internal static class ImageCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var data = AdminClient.DataOption();
        data.Recursive = true;
        var endpoint = new Option<string?>("--container-runtime-endpoint") { Description = "Socket of the engine (default: the one the node runs on)", HelpName = "URI", Recursive = true };
        var command = new Command("image", """
            Show, bring and remove the images of this machine's node.

            Examples:
              minik image list
              minik image import app.tar            # as docker save writes it; archives in DATA/images need no command
              minik image pull registry.example.com/app:1 --creds user:password
              minik image remove registry.example.com/app:1
            """) { data, endpoint };

        var json = new Option<string>("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };
        json.AcceptOnlyFromAmong("text", "json");
        var list = new Command("list", "Show the images that are here") { json };
        list.Aliases.Add("ls");
        list.SetAction((parsed, cancel) => With(parsed, engine => List(engine, parsed.GetValue(json) == "json", output, cancel)));

        var files = new Argument<string[]>("FILE") { Description = "Archive of images; - for the standard input", Arity = ArgumentArity.OneOrMore };
        var import = new Command("import", "Take in images from archives") { files };
        import.Aliases.Add("load");
        import.SetAction((parsed, cancel) => With(parsed, engine => Import(engine, parsed.GetValue(files)!, output, cancel)));

        var names = new Argument<string[]>("IMAGE") { Description = "Name of an image", Arity = ArgumentArity.OneOrMore };
        var login = new Option<string?>("--creds") { Description = "Login at the registry", HelpName = "USER:PASSWORD" };
        var pull = new Command("pull", "Fetch images from their registries, or from the mirrors in registries.yaml") { names, login };
        pull.SetAction((parsed, cancel) => With(parsed, engine => Pull(engine, AdminClient.DataDirectory(parsed.GetValue(data)), parsed.GetValue(names)!, parsed.GetValue(login), output, error, cancel)));

        var remove = new Command("remove", "Remove images by name or id") { names };
        remove.Aliases.Add("rm");
        remove.SetAction((parsed, cancel) => With(parsed, async engine =>
        {
            foreach (var name in parsed.GetValue(names)!)
            {
                await engine.RemoveImage(name, cancel);
                output.WriteLine($"removed {name}");
            }
        }));
        foreach (var part in (Command[])[list, import, pull, remove]) command.Add(part);
        return command;

        async Task<int> With(ParseResult parsed, Func<IContainerEngine, Task> work)
        {
            var directory = AdminClient.DataDirectory(parsed.GetValue(data));
            if (Engine(directory, EngineChoice.Socket(parsed.GetValue(endpoint))) is not { } engine)
            {
                error.WriteLine($"minik: no node has run in {directory} yet: start one with 'minik server', or name its --data-dir or the engine's --container-runtime-endpoint");
                return 1;
            }
            await using (engine)
            {
                try
                {
                    await work(engine);
                    return 0;
                }
                catch (Exception e) when (e is EngineException or IOException or UnauthorizedAccessException)
                {
                    error.WriteLine($"minik: {e.Message}");
                    return 1;
                }
            }
        }
    }

    private static IContainerEngine? Engine(string dataDir, string? socket)
    {
        var record = EngineRecord.Read(dataDir);
        if (record is null && socket is null) return null;
        var runtime = socket is null || socket == record?.Endpoint ? record!.Runtime : Path.GetFileName(socket).Contains("containerd", StringComparison.Ordinal) ? "containerd" : "docker";
        return runtime == "containerd" ? new ContainerdEngine(new(socket ?? record!.Endpoint, "", EngineChoice.LogDir(dataDir))) : new DockerEngine(socket ?? record!.Endpoint, "");
    }

    private static async Task List(IContainerEngine engine, bool json, TextWriter output, CancellationToken cancel)
    {
        var images = (await engine.Images(cancel)).OrderBy(i => i.Tags.FirstOrDefault() ?? "~", StringComparer.Ordinal).ThenBy(i => i.Id, StringComparer.Ordinal).ToArray();
        if (json)
        {
            output.WriteLine(JsonList.Of([.. images.Select(i => new JsonMap { { "id", i.Id }, { "tags", JsonList.OfTexts(i.Tags) }, { "digests", JsonList.OfTexts(i.Digests) }, { "sizeBytes", i.SizeBytes } })]));
            return;
        }
        var rows = images.SelectMany(i => (i.Tags.Count > 0 ? i.Tags : i.Digests.Count > 0 ? i.Digests : ["<none>"]).Select(name => (Name: name, Id: Short(i.Id), Size: $"{i.SizeBytes / 1e6:0.0} MB"))).ToArray();
        var width = rows.Select(r => r.Name.Length).Append("NAME".Length).Max();
        output.WriteLine($"{"NAME".PadRight(width)}  {"ID",-12}  SIZE");
        foreach (var (name, id, size) in rows) output.WriteLine($"{name.PadRight(width)}  {id,-12}  {size}");
    }

    private static async Task Import(IContainerEngine engine, string[] files, TextWriter output, CancellationToken cancel)
    {
        foreach (var file in files)
        {
            await using var archive = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
            foreach (var name in await engine.LoadImages(archive, cancel)) output.WriteLine($"imported {name}");
        }
    }

    private static async Task Pull(IContainerEngine engine, string dataDir, string[] names, string? login, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        var pull = new ImagePull(engine, new RegistriesFile(RegistryFiles.Of(dataDir), error.WriteLine).Now, new ImageBook());
        foreach (var name in names)
        {
            var credentials = login?.Split(':', 2) is [var user, var password] ? new RegistryCredentials(ImageName.Parse(name)?.Registry ?? "", user, password) : null;
            var said = -1L;
            await pull.Pull(name, credentials, new Progress(told =>
            {
                if (told.TotalBytes == 0 || told.Bytes * 10 / told.TotalBytes == said) return;
                said = told.Bytes * 10 / told.TotalBytes;
                error.WriteLine($"{name}: {told.Bytes >> 20} of {told.TotalBytes >> 20} MB");
            }), cancel);
            output.WriteLine($"pulled {name}");
        }
    }

    private static string Short(string id) => (id.StartsWith("sha256:", StringComparison.Ordinal) ? id["sha256:".Length..] : id) is { Length: > 12 } whole ? whole[..12] : id;

    private sealed class Progress(Action<PullProgress> told) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => told(value);
    }
}
