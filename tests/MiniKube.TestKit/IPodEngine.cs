namespace MiniKube.TestKit;

/// <summary>What a node's pods run on, and how the test image gets there.</summary>
public interface IPodEngine : IAsyncDisposable
{
    string[] Arguments { get; }

    /// <summary>The engine's own process.</summary>
    int Pid { get; }

    /// <summary>The directory by which its processes are known.</summary>
    string Root { get; }

    Task BringImage(MinikProcess minik);

    /// <summary>Ends the engine as a crash would, does something and has it started again; containers live on.</summary>
    Task Restart(Func<Task> meanwhile);

    /// <summary>What is on the disk stays, everything else is gone; in a place that is made meanwhile it starts anew.</summary>
    Task Reboot(Func<Task> meanwhile, Func<Place> place);
}
