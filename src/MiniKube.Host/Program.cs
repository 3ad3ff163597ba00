using MiniKube.Host;

return await Cli.Run(args, Console.Out, Console.Error);
