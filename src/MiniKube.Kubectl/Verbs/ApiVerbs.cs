using MiniKube.Machinery;

namespace MiniKube.Kubectl;

/// <summary>kubectl api-resources: what types the server has.</summary>
internal static class ApiResourcesVerb
{
    public static readonly Verb Verb = new("api-resources", "Print the supported API resources on the server", "kubectl api-resources [flags] [options]")
    {
        Flags =
        [
            FlagSpec.Text("output", "wide or name", 'o'),
            FlagSpec.Text("api-group", "Only of this group"),
            FlagSpec.Switch("namespaced", "Only with, or with =false only without namespaces", on: true),
            FlagSpec.List("verbs", "Only what knows all these verbs"),
            FlagSpec.List("categories", "Only what is in all these categories"),
            FlagSpec.Text("sort-by", "name or kind"),
            FlagSpec.Switch("no-headers", "No line of headers"),
            FlagSpec.Switch("cached", "Accepted and not needed"),
        ],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        if (call.Arguments.Count > 0) throw call.Misused($"unexpected arguments: [{string.Join(' ', call.Arguments)}]");
        var (output, sort) = (call.Text("output"), call.Text("sort-by"));
        if (output is not ("" or "wide" or "name")) throw new Failure($"--output {output} is not available");
        if (sort is not ("" or "name" or "kind")) throw new Failure("--sort-by accepts only name or kind");
        var (verbs, categories) = (call.Words.All("verbs"), call.Words.All("categories"));
        var shown = (await call.Discover()).All.Where(r => r.Preferred && r.Verbs.Count > 0)
            .Where(r => !call.Has("api-group") || r.Group == call.Text("api-group"))
            .Where(r => !call.Has("namespaced") || r.Namespaced == call.Switch("namespaced"))
            .Where(r => verbs.All(r.Verbs.Contains) && categories.All(r.Categories.Contains));
        shown = sort switch
        {
            "name" => shown.OrderBy(r => r.Plural, StringComparer.Ordinal),
            "kind" => shown.OrderBy(r => r.Kind, StringComparer.Ordinal),
            _ => shown.OrderBy(r => r.Group, StringComparer.Ordinal).ThenBy(r => r.Plural, StringComparer.Ordinal),
        };
        if (output == "name")
        {
            foreach (var type in shown) call.Out.WriteLine(type.Qualified);
            return 0;
        }
        var wide = output == "wide";
        var lines = shown.Select(r => $"{r.Plural}\t{string.Join(',', r.ShortNames)}\t{r.ApiVersion}\t{(r.Namespaced ? "true" : "false")}\t{r.Kind}"
            + (wide ? $"\t{string.Join(',', r.Verbs)}\t{string.Join(',', r.Categories)}" : "") + "\n");
        var head = call.Switch("no-headers") ? "" : $"NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND{(wide ? "\tVERBS\tCATEGORIES" : "")}\n";
        call.Out.Write(new TabText(6, 3).Format(head + string.Concat(lines)));
        return 0;
    }
}

/// <summary>kubectl api-versions: which groups in which versions.</summary>
internal static class ApiVersionsVerb
{
    public static readonly Verb Verb = new("api-versions", "Print the supported API versions on the server, in the form of \"group/version\"", "kubectl api-versions [options]")
    {
        Run = async call =>
        {
            foreach (var version in (await call.Discover()).Versions.Order(StringComparer.Ordinal)) call.Out.WriteLine(version);
            return 0;
        },
    };
}

/// <summary>kubectl version: of this program and of the server.</summary>
internal static class VersionVerb
{
    public static readonly Verb Verb = new("version", "Print the client and server version information", "kubectl version [flags] [options]")
    {
        Flags = [FlagSpec.Switch("client", "Of this program only"), FlagSpec.Text("output", "json or yaml", 'o'), FlagSpec.Switch("short", "Accepted and not needed")],
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var server = call.Switch("client") ? null : await call.Api.Get("version");
        switch (call.Text("output"))
        {
            case "":
                call.Out.WriteLine($"Client Version: {call.Around.Version}");
                if (server is not null) call.Out.WriteLine($"Server Version: {server.Text("gitVersion")}");
                return 0;
            case "json" or "yaml":
                var both = new JsonMap { { "clientVersion", new JsonMap { { "gitVersion", call.Around.Version } } } };
                if (server is not null) both.Add("serverVersion", server);
                call.Out.Write(call.Text("output") == "json" ? GoJson.Indented(both, "  ") + "\n" : GoYaml.Write(both));
                return 0;
            default:
                throw new Failure("--output must be 'yaml' or 'json'");
        }
    }
}

/// <summary>kubectl cluster-info: where things are.</summary>
internal static class ClusterInfoVerb
{
    public static readonly Verb Verb = new("cluster-info", "Display addresses of the control plane and of services with the label kubernetes.io/cluster-service=true", "kubectl cluster-info [flags] [options]")
    {
        Run = Run,
    };

    private static async Task<int> Run(Call call)
    {
        var server = call.Access.Server.ToString().TrimEnd('/');
        string Coloured(string text, int colour) => call.Around.OutputIsTerminal ? $"\e[0;{colour}m{text}\e[0m" : text;
        void Tell(string name, string address) => call.Out.WriteLine($"{Coloured(name, 32)} is running at {Coloured(address, 33)}");
        var services = await call.Api.Get("api/v1/namespaces/kube-system/services" + Query.Of(("labelSelector", "kubernetes.io/cluster-service=true")));
        Tell("Kubernetes control plane", server);
        foreach (var service in services.Maps("items"))
        {
            var name = service.Meta().Map("labels")?.Text("kubernetes.io/name") ?? service.Name();
            var outside = service.Status().Map("loadBalancer")?.Maps("ingress").Select(i => i.Text("ip") ?? i.Text("hostname")).FirstOrDefault();
            var port = service.Spec().Maps("ports").FirstOrDefault();
            var target = port?.Text("name") is { Length: > 0 } named ? $"{service.Name()}:{named}" : service.Name();
            Tell(name, outside is not null ? $"http://{outside}:{port?.Whole("port")}" : $"{server}/api/v1/namespaces/kube-system/services/{target}/proxy");
        }
        call.Out.WriteLine();
        call.Out.WriteLine("To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.");
        return 0;
    }
}
