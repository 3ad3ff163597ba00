using MiniKube.Benchmarks.Agent;
using MiniKube.Benchmarks.Api;
using MiniKube.Benchmarks.Control;
using MiniKube.Benchmarks.Network;
using MiniKube.Benchmarks.Store;

switch (args.FirstOrDefault())
{
    case "store":
        await StoreLoad.Run(args.Skip(1).ToArray());
        return 0;
    case "api":
        await ApiLoad.Run(args.Skip(1).ToArray());
        return 0;
    case "decisions":
        await DecisionLoad.Run(args.Skip(1).ToArray());
        return 0;
    case "fairness":
        return await FairnessLoad.Run(args.Skip(1).ToArray());
    case "control":
        await ControlLoad.Run(args.Skip(1).ToArray());
        return 0;
    case "network":
        await NetworkLoad.Run(args.Skip(1).ToArray());
        return 0;
    case "node":
        await NodeLoad.Run(args.Skip(1).ToArray());
        return 0;
    default:
        Console.Error.WriteLine("usage: scripts/bench store [directory] | api [seconds [get,create,patch,list,watch,soak [events]]] | decisions [bindings] | fairness [seconds] | control [nodes [pods]] | network [services] | node [pods [docker|containerd]]");
        return 2;
}
