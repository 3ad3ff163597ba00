using MiniKube.Benchmarks.Store;

switch (args.FirstOrDefault())
{
    case "store":
        await StoreLoad.Run(args.Skip(1).ToArray());
        return 0;
    default:
        Console.Error.WriteLine("usage: scripts/bench store [directory]");
        return 2;
}
