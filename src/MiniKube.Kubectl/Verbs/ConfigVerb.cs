using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl config: looks into kubeconfigs and changes them.</summary>
internal static class ConfigVerb
{
    public static readonly Verb Verb = new("config", "Modify kubeconfig files", "kubectl config SUBCOMMAND [options]")
    {
        Verbs =
        [
            new("current-context", "Display the current-context", "kubectl config current-context") { Run = Current },
            new("get-contexts", "Describe one or many contexts", "kubectl config get-contexts [(-o|--output=)name)] [options]") { Flags = [FlagSpec.Text("output", "name", 'o'), FlagSpec.Switch("no-headers", "No line of headers")], Run = Contexts },
            new("get-clusters", "Display clusters defined in the kubeconfig", "kubectl config get-clusters") { Run = call => Names(call, Load(call).Clusters.Keys) },
            new("get-users", "Display users defined in the kubeconfig", "kubectl config get-users") { Run = call => Names(call, Load(call).Users.Keys) },
            new("use-context", "Set the current-context in a kubeconfig file", "kubectl config use-context CONTEXT_NAME") { Aliases = ["use"], Run = Use },
            new("set-context", "Set a context entry in kubeconfig", "kubectl config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace] [options]") { Flags = [FlagSpec.Switch("current", "The current context")], Run = SetContext },
            new("delete-context", "Delete the specified context from the kubeconfig", "kubectl config delete-context NAME") { Run = call => Remove(call, "contexts", "context") },
            new("delete-cluster", "Delete the specified cluster from the kubeconfig", "kubectl config delete-cluster NAME") { Run = call => Remove(call, "clusters", "cluster") },
            new("delete-user", "Delete the specified user from the kubeconfig", "kubectl config delete-user NAME") { Run = call => Remove(call, "users", "user") },
            new("rename-context", "Rename a context from the kubeconfig file", "kubectl config rename-context CONTEXT_NAME NEW_NAME") { Run = Rename },
            new("view", "Display merged kubeconfig settings or a specified kubeconfig file", "kubectl config view [flags] [options]")
            {
                Flags = [FlagSpec.Text("output", "yaml, json, jsonpath or go-template", 'o'), .. CommonFlags.Output.Skip(1), FlagSpec.Switch("raw", "With secrets and as it stands"), FlagSpec.Switch("minify", "Only what the current context uses"), FlagSpec.Switch("flatten", "Files put in place"), FlagSpec.Switch("merge", "Accepted and not needed", on: true)],
                Run = View,
            },
        ],
    };

    private static Kubeconfig Load(Call call) => ConfigFiles.Load(call.Words, call.Around);

    private static Task<int> Current(Call call)
    {
        var name = Load(call).CurrentContext;
        call.Out.WriteLine(name.Length > 0 ? name : throw new Failure("current-context is not set"));
        return Task.FromResult(0);
    }

    private static Task<int> Names(Call call, IEnumerable<string> names)
    {
        call.Out.WriteLine("NAME");
        foreach (var name in names) call.Out.WriteLine(name);
        return Task.FromResult(0);
    }

    private static Task<int> Contexts(Call call)
    {
        var config = Load(call);
        var shown = call.Arguments.Count == 0 ? config.Contexts.Keys : call.Arguments.Where(a => config.Contexts.ContainsKey(a) ? true : throw new Failure($"context {a} not found"));
        if (call.Text("output") == "name")
        {
            foreach (var name in shown) call.Out.WriteLine(name);
            return Task.FromResult(0);
        }
        var lines = shown.Select(n => config.Contexts[n] is var c ? $"{(n == config.CurrentContext ? "*" : "")}\t{n}\t{c.Text("cluster")}\t{c.Text("user")}\t{c.Text("namespace")}\n" : "");
        call.Out.Write(new TabText(6, 3).Format((call.Switch("no-headers") ? "" : "CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n") + string.Concat(lines)));
        return Task.FromResult(0);
    }

    private static Task<int> View(Call call)
    {
        var config = Load(call);
        if (call.Switch("minify"))
        {
            var name = call.Text("context") is { Length: > 0 } named ? named : config.CurrentContext;
            if (!config.Contexts.TryGetValue(name, out var context)) throw new Failure(name.Length == 0 ? "current-context must exist in order to minify" : $"cannot locate context {name}");
            Dictionary<string, JsonMap> Only(IReadOnlyDictionary<string, JsonMap> all, string? key) => key is not null && all.TryGetValue(key, out var one) ? new() { [key] = one } : [];
            config = new(Only(config.Clusters, context.Text("cluster")), Only(config.Users, context.Text("user")), new Dictionary<string, JsonMap> { [name] = context }, name);
        }
        var shown = config.ToJson();
        foreach (var (list, member) in (ReadOnlySpan<(string, string)>)[("clusters", "cluster"), ("users", "user")])
            foreach (var item in shown.Maps(list)) Show(item.Map(member)!, call.Switch("raw"), call.Switch("flatten"));
        call.Out.Write(ObjectPrinter.Of(call.Words) is { } printer ? printer.Print(shown) : GoYaml.Write(shown));
        return Task.FromResult(0);
    }

    private static void Show(JsonMap entry, bool raw, bool flatten)
    {
        foreach (var file in (ReadOnlySpan<string>)["certificate-authority", "client-certificate", "client-key"])
        {
            if (!flatten || entry.Text(file) is not { Length: > 0 } path || entry.Has(file + "-data")) continue;
            entry.Set(file + "-data", Convert.ToBase64String(File.ReadAllBytes(path)));
            entry.Remove(file);
        }
        if (raw) return;
        foreach (var secret in (ReadOnlySpan<string>)["token", "password"]) if (entry.Has(secret)) entry.Set(secret, "REDACTED");
        foreach (var data in (ReadOnlySpan<string>)["certificate-authority-data", "client-certificate-data", "client-key-data"])
            if (entry.Has(data)) entry.Set(data, "DATA+OMITTED");
    }

    private static Task<int> Use(Call call)
    {
        var name = One(call);
        if (!Load(call).Contexts.ContainsKey(name)) throw new Failure($"no context exists with the name: \"{name}\"");
        Change(call, config => config.Set("current-context", name));
        call.Out.WriteLine($"Switched to context \"{name}\".");
        return Task.FromResult(0);
    }

    private static Task<int> SetContext(Call call)
    {
        var config = Load(call);
        var name = call.Switch("current") ? config.CurrentContext is { Length: > 0 } current ? current : throw new Failure("no current context is set") : One(call);
        var isNew = !config.Contexts.ContainsKey(name);
        Change(call, file =>
        {
            var item = file.Maps("contexts").FirstOrDefault(c => c.Text("name") == name);
            if (item is null) (file["contexts"] as JsonList ?? file.ListOrNew("contexts")).Add(item = new JsonMap { { "name", name }, { "context", new JsonMap() } });
            foreach (var field in (ReadOnlySpan<string>)["cluster", "user", "namespace"]) if (call.Has(field)) item.MapOrNew("context").Set(field, call.Text(field));
        });
        call.Out.WriteLine($"Context \"{name}\" {(isNew ? "created" : "modified")}.");
        return Task.FromResult(0);
    }

    private static Task<int> Remove(Call call, string list, string what)
    {
        var (name, path) = (One(call), ConfigFiles.Target(call.Words, call.Around));
        Change(call, file =>
        {
            if (file.List(list)?.RemoveAll(i => (i as JsonMap)?.Text("name") == name) is null or 0) throw new Failure($"cannot delete {what} {name}, not in {path}");
        });
        call.Out.WriteLine($"deleted {what} {name} from {path}");
        return Task.FromResult(0);
    }

    private static Task<int> Rename(Call call)
    {
        if (call.Arguments.Count != 2) throw call.Misused($"unexpected args: [{string.Join(' ', call.Arguments)}]");
        var (from, to) = (call.Arguments[0], call.Arguments[1]);
        var config = Load(call);
        if (!config.Contexts.ContainsKey(from)) throw new Failure($"cannot rename the context \"{from}\", it's not in {ConfigFiles.Target(call.Words, call.Around)}");
        if (config.Contexts.ContainsKey(to)) throw new Failure($"cannot rename the context \"{from}\", the context \"{to}\" already exists in {ConfigFiles.Target(call.Words, call.Around)}");
        Change(call, file =>
        {
            file.Maps("contexts").First(c => c.Text("name") == from).Set("name", to);
            if (file.Text("current-context") == from) file.Set("current-context", to);
        });
        call.Out.WriteLine($"Context \"{from}\" renamed to \"{to}\".");
        return Task.FromResult(0);
    }

    private static string One(Call call) => call.Arguments.Count == 1 ? call.Arguments[0] : throw call.Misused($"unexpected args: [{string.Join(' ', call.Arguments)}]");

    /// <summary>Complete or unchanged, and for nobody else to read.</summary>
    private static void Change(Call call, Action<JsonMap> change)
    {
        var path = ConfigFiles.Target(call.Words, call.Around);
        var file = File.Exists(path) ? ConfigFiles.Read(path).File : new JsonMap { { "apiVersion", "v1" }, { "kind", "Config" } };
        change(file);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = (UnixFileMode)0b110_000_000;
        using (var writer = new StreamWriter(path + ".new", options)) writer.Write(GoYaml.Write(file));
        File.Move(path + ".new", path, overwrite: true);
    }
}
