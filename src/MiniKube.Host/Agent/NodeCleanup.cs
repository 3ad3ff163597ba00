using System.CommandLine;
using MiniKube.Kubelet;
using MiniKube.Network.Bridge;
using MiniKube.Network.Overlay;
using MiniKube.Network.Policy;
using MiniKube.Network.Proxy;

namespace MiniKube.Host;

/// <summary>`minik cleanup`: everything a node has left on its machine, gone. For scripts; the server must not be running.</summary>
internal static class NodeCleanup
{
    public static Command Make(TextWriter output)
    {
        var data = new Option<string>("--data-dir") { Description = "The server's data directory", DefaultValueFactory = _ => "/var/lib/minik" };
        // What isn't said is what the node was last told.
        var node = new Option<string?>("--node-name") { Description = "The node's name" };
        var endpoint = new Option<string?>("--container-runtime-endpoint") { Description = "Socket of the engine (default: the one the node ran on)" };
        var services = new Option<string?>("--service-cidr");
        var pods = new Option<string?>("--cluster-cidr");
        var dns = new Option<string?>("--cluster-dns");
        var command = new Command("cleanup", "Remove containers, mounts, network and data that a node left behind") { data, node, endpoint, services, pods, dns };
        command.Hidden = true;
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = Last(parsed.GetValue(data)!);
            settings = settings with
            {
                NodeName = parsed.GetValue(node) ?? settings.NodeName,
                ContainerRuntimeEndpoint = parsed.GetValue(endpoint),
                ServiceCidr = parsed.GetValue(services) ?? settings.ServiceCidr,
                ClusterCidr = parsed.GetValue(pods) ?? settings.ClusterCidr,
                ClusterDns = parsed.GetValue(dns) ?? settings.ClusterDns,
            };
            return await Run(settings, output, cancel) ? 0 : 1;
        });
        return command;
    }

    /// <summary>What the node of a data directory was last told, as far as cleaning up after it hangs on it.</summary>
    public static NodeSettings Last(string directory)
    {
        var (told, usual) = (OwnerFiles.LastNode(directory), new NodeSettings { DataDir = directory });
        return usual with
        {
            NodeName = told.Text("node-name") ?? usual.NodeName,
            ServiceCidr = told.Text("service-cidr") ?? usual.ServiceCidr,
            ClusterCidr = told.Text("cluster-cidr") ?? usual.ClusterCidr,
            ClusterDns = told.Text("cluster-dns") ?? usual.ClusterDns,
        };
    }

    /// <summary>False when something is left, which is told.</summary>
    public static async Task<bool> Run(NodeSettings settings, TextWriter output, CancellationToken cancel)
    {
        await EngineCleanup.Run(settings.DataDir, EngineChoice.Socket(settings.ContainerRuntimeEndpoint), settings.NodeName, output, cancel);
        var agent = Path.Combine(settings.DataDir, "agent");
        var left = new List<string>();
        if (!await ServiceProxy.CleanUp(settings.ServiceCidr, cancel)) left.Add("rules of services");
        if (!await NetworkPolicies.CleanUp(cancel)) left.Add("rules of network policies");
        if (!await NodeRoutes.CleanUp(cancel)) left.Add($"the interface {NodeRoutes.Tunnel}");
        left.AddRange(await PodBridge.CleanUp("minik0", settings.ServiceCidr, settings.ClusterCidr, Path.Combine(agent, "network"), cancel));
        await HostAddress.Remove(settings.ClusterDns, cancel);
        NodeTraces.Remove(agent, "kubepods");
        if (Directory.Exists(agent)) left.Add($"mounts below {agent}");
        foreach (var trace in left) output.WriteLine($"could not be removed: {trace}");
        return left.Count == 0;
    }
}
