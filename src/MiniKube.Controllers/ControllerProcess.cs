using MiniKube.ControlLoop;

namespace MiniKube.Controllers;

/// <summary>
/// Runs every controller of the catalogue over shared caches, which somebody else starts. The identity of a controller's requests is what
/// the given function makes of its account; reading is done under one identity for all.
/// </summary>
public sealed class ControllerProcess
{
    private readonly List<EventRecorder> recorders = [];
    private readonly List<Runner> runners = [];

    public ControllerProcess(Caches caches, Func<string, IApi> identity, ControllerOptions options)
    {
        foreach (var controller in ControllerCatalog.All(caches, identity, options))
        {
            var api = identity(controller.Account);
            var recorder = new EventRecorder(api, new(controller.Name), caches.Time);
            var runner = new Runner(controller, api, caches, recorder, f => OnFailure?.Invoke(f));
            runner.Prepare();
            recorders.Add(recorder);
            runners.Add(runner);
        }
    }

    public Action<LoopFailure>? OnFailure { get; init; }

    public async Task Run(CancellationToken cancel)
    {
        await Task.WhenAll([.. recorders.Select(r => r.Run(cancel)), .. runners.Select(r => r.Run(cancel))]);
        foreach (var runner in runners) runner.Dispose();
    }
}
