using MiniKube.Host;
using MiniKube.Network.Cni;

// An engine calls its network plugin without a word, but with this in the environment.
if (CniPlugin.IsCalled(args, Environment.GetEnvironmentVariable)) return await CniPlugin.Run(Environment.GetEnvironmentVariable, Console.OpenStandardInput(), Console.Out);
return await Cli.Run(args, Console.Out, Console.Error);
