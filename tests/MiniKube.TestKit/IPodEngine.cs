namespace MiniKube.TestKit;

/// <summary>What a node's pods run on, and how the test image gets there.</summary>
public interface IPodEngine : IAsyncDisposable
{
    string[] Arguments { get; }

    Task BringImage(MinikProcess minik);
}
