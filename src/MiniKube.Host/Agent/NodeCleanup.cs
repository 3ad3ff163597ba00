using System.CommandLine;
using MiniKube.Kubelet;
using MiniKube.Network.Bridge;
using MiniKube.Network.Overlay;
using MiniKube.Network.Proxy;

namespace MiniKube.Host;

/// <summary>`minik cleanup`: everything a node has left on its machine, gone. For scripts; the server must not be running.</summary>
internal static class NodeCleanup
{
    public static Command Make(TextWriter output)
    {
        var data = new Option<string>("--data-dir") { Description = "The server's data directory", DefaultValueFactory = _ => "/var/lib/minik" };
        var node = new Option<string>("--node-name") { Description = "The node's name", DefaultValueFactory = _ => Environment.MachineName.ToLowerInvariant() };
        var endpoint = new Option<string?>("--container-runtime-endpoint") { Description = "Socket of the engine (default: the one the node ran on)" };
        var services = new Option<string>("--service-cidr") { DefaultValueFactory = _ => "10.43.0.0/16" };
        var pods = new Option<string>("--cluster-cidr") { DefaultValueFactory = _ => "10.42.0.0/16" };
        var dns = new Option<string>("--cluster-dns") { DefaultValueFactory = _ => "10.43.0.10" };
        var command = new Command("cleanup", "Remove containers, mounts, network and data that a node left behind") { data, node, endpoint, services, pods, dns };
        command.Hidden = true;
        command.SetAction(async (parsed, cancel) =>
        {
            await EngineCleanup.Run(parsed.GetValue(data)!, EngineChoice.Socket(parsed.GetValue(endpoint)), parsed.GetValue(node)!, output, cancel);
            var agent = Path.Combine(parsed.GetValue(data)!, "agent");
            var left = new List<string>();
            if (!await ServiceProxy.CleanUp(parsed.GetValue(services)!, cancel)) left.Add("rules of services");
            if (!await NodeRoutes.CleanUp(cancel)) left.Add($"the interface {NodeRoutes.Tunnel}");
            left.AddRange(await PodBridge.CleanUp("minik0", parsed.GetValue(services)!, parsed.GetValue(pods)!, Path.Combine(agent, "network"), cancel));
            await HostAddress.Remove(parsed.GetValue(dns)!, cancel);
            NodeTraces.Remove(agent, "kubepods");
            if (Directory.Exists(agent)) left.Add($"mounts below {agent}");
            foreach (var trace in left) output.WriteLine($"could not be removed: {trace}");
            return left.Count == 0 ? 0 : 1;
        });
        return command;
    }
}
