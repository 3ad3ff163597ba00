using System.Text;
using MiniKube.Kinds.Core;
using MiniKube.Kubelet.Files;
using MiniKube.Kubelet.Pods;

namespace MiniKube.Kubelet.Logs;

/// <summary>The termination messages of ended containers: from their file, or from the end of the log when they ask for that.</summary>
internal static class LastWords
{
    private const int MostOfFile = 4096;
    private const int MostOfLog = 2048;
    private const int MostLines = 80;

    /// <summary>Of all containers of a pod together: each has its share.</summary>
    private const int MostOfPod = 12 * 1024;

    public static async Task<Dictionary<string, string>> Of(Pod pod, EngineState state, string dataDir, CancellationToken cancel)
    {
        var words = new Dictionary<string, string>();
        var containers = PodContainers.Of(pod.Spec ?? new()).ToDictionary(c => c.Container.Name!, c => c.Container);
        foreach (var ended in state.Containers)
        {
            if (ended.Phase != ContainerPhase.Exited || !containers.TryGetValue(ended.Name, out var container)) continue;
            var file = new PodDirectory(dataDir, ended.Pod.Uid).LastWords(ended.Name, ended.Attempt);
            var text = Read(file);
            if (text.Length == 0 && container.TerminationMessagePolicy == "FallbackToLogsOnError" && ended.ExitCode != 0) text = await FromLog(ended, cancel);
            if (text.Length > 0) words[ended.Id] = Cut(text, MostOfPod / containers.Count);
        }
        return words;
    }

    public static string Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            // Who said more than that ended with what matters.
            stream.Position = Math.Max(0, stream.Length - MostOfFile);
            var buffer = new byte[MostOfFile];
            return Encoding.UTF8.GetString(buffer, 0, stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string Cut(string text, int most)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length <= most ? text : Encoding.UTF8.GetString(bytes, 0, most);
    }

    private static async Task<string> FromLog(ContainerInfo ended, CancellationToken cancel)
    {
        var text = new StringBuilder();
        await foreach (var line in LogReader.Read(ended.LogPath, new() { TailLines = MostLines }, () => true, TimeProvider.System, cancel)) text.Append(Encoding.UTF8.GetString(line.Span));
        return text.Length <= MostOfLog ? text.ToString() : text.ToString(text.Length - MostOfLog, MostOfLog);
    }
}
