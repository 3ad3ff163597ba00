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
        // What isn't said is what the server was last told.
        var node = new Option<string?>("--node-name") { Description = "The node's name" };
        var endpoint = new Option<string?>("--container-runtime-endpoint") { Description = "Socket of the engine (default: the one the node ran on)" };
        var services = new Option<string?>("--service-cidr");
        var pods = new Option<string?>("--cluster-cidr");
        var dns = new Option<string?>("--cluster-dns");
        var command = new Command("cleanup", "Remove containers, mounts, network and data that a node left behind") { data, node, endpoint, services, pods, dns };
        command.Hidden = true;
        command.SetAction(async (parsed, cancel) =>
        {
            var directory = parsed.GetValue(data)!;
            var told = OwnerFiles.LastNode(directory);
            var usual = new NodeSettings { DataDir = directory };
            string Of(Option<string?> option, string otherwise) => parsed.GetValue(option) ?? told.Text(option.Name.TrimStart('-')) ?? otherwise;
            var (serviceRange, podRange) = (Of(services, usual.ServiceCidr), Of(pods, usual.ClusterCidr));
            await EngineCleanup.Run(directory, EngineChoice.Socket(parsed.GetValue(endpoint)), Of(node, usual.NodeName), output, cancel);
            var agent = Path.Combine(directory, "agent");
            var left = new List<string>();
            if (!await ServiceProxy.CleanUp(serviceRange, cancel)) left.Add("rules of services");
            if (!await NetworkPolicies.CleanUp(cancel)) left.Add("rules of network policies");
            if (!await NodeRoutes.CleanUp(cancel)) left.Add($"the interface {NodeRoutes.Tunnel}");
            left.AddRange(await PodBridge.CleanUp("minik0", serviceRange, podRange, Path.Combine(agent, "network"), cancel));
            await HostAddress.Remove(Of(dns, usual.ClusterDns), cancel);
            NodeTraces.Remove(agent, "kubepods");
            if (Directory.Exists(agent)) left.Add($"mounts below {agent}");
            foreach (var trace in left) output.WriteLine($"could not be removed: {trace}");
            return left.Count == 0 ? 0 : 1;
        });
        return command;
    }
}
