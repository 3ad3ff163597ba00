using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using MiniKube.Server;
using MiniKube.Server.AtRest;
using MiniKube.Store;

namespace MiniKube.Host;

/// <summary>`minik snapshot`: the whole state in one proven file, and back.</summary>
internal static class SnapshotCommand
{
    public static Command Make(TextWriter output, TextWriter error)
    {
        var (data, server) = (AdminClient.DataOption(), AdminClient.ServerOption());
        (data.Recursive, server.Recursive) = (true, true);
        var target = new Argument<string?>("FILE") { Description = "Where to (default: DATA/snapshots, named after the time)", Arity = ArgumentArity.ZeroOrOne };
        var save = new Command("save", """
            Write the whole state into one file, with or without the server running, and read it back.

            Secrets in it are encrypted with the key in DATA/pki: keep a copy of that directory, elsewhere than the snapshot.
            """) { target };
        save.SetAction((parsed, cancel) => Guarded(error, () => Save(parsed.GetValue(data), parsed.GetValue(server), parsed.GetValue(target), output, error, cancel)));
        var list = new Command("list", "Show the snapshots in DATA/snapshots");
        list.Aliases.Add("ls");
        list.SetAction(parsed =>
        {
            var directory = OwnerFiles.Snapshots(AdminClient.DataDirectory(parsed.GetValue(data)));
            if (!Directory.Exists(directory)) return 0;
            foreach (var file in new DirectoryInfo(directory).GetFiles("*.db").OrderBy(f => f.Name, StringComparer.Ordinal))
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.FullName}  {file.Length / 1048576.0:F1} MB"));
            return 0;
        });
        var source = new Argument<string>("FILE") { Description = "The snapshot" };
        var restore = new Command("restore", """
            Put a snapshot in the place of the state, with the server stopped. What was there is kept beside it.

            Example:
              minik snapshot save /mnt/usb/monday.db
              minik snapshot restore /mnt/usb/monday.db && minik server
            """) { source };
        restore.SetAction((parsed, _) => Guarded(error, () => Restore(parsed.GetValue(data), parsed.GetValue(source)!, output, error)));
        return new Command("snapshot", "Save the cluster's state and go back to it") { data, server, save, list, restore };
    }

    /// <summary>Copies an open store to where snapshots go; the file, or why there is none.</summary>
    public static async Task<(string? File, BackupOutcome Outcome)> Take(StateStore store, string data, SnapshotName name, CancellationToken cancel)
    {
        Directory.CreateDirectory(OwnerFiles.Snapshots(data), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var file = Path.Combine(OwnerFiles.Snapshots(data), name.ToString());
        var outcome = await store.BackupAsync(file, cancel);
        return (outcome.Fault is null ? file : null, outcome);
    }

    private static async Task<int> Save(string? dataDir, string? server, string? target, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        using var client = AdminClient.Open(dataDir, server, error);
        if (client is null) return 1;
        if (target is not null && File.Exists(target))
        {
            error.WriteLine($"minik: {target} exists already: a snapshot replaces nothing");
            return 1;
        }
        var opened = await StateStore.OpenAsync(Options(client.Data), ServerAssembly.Terms);
        string? file;
        long revision;
        if (opened.Refusal is StoreRefusal.InUse)
        {
            if (await client.Ask(HttpMethod.Post, OwnerOrders.TakeSnapshot, null, error, cancel) is not { } done) return 1;
            (file, revision) = (done.Text("file"), done.Whole("revision") ?? 0);
        }
        else if (opened.Store is { } store)
        {
            await using (store)
            {
                (file, var outcome) = await Take(store, client.Data, new(SnapshotName.ByHand, TimeProvider.System.GetUtcNow()), cancel);
                if (outcome.Fault is { } fault)
                {
                    error.WriteLine($"minik: {fault.Message}");
                    return 1;
                }
                revision = outcome.Revision;
            }
        }
        else
        {
            error.WriteLine($"minik: {opened.Refusal!.Message}");
            return 1;
        }
        if (target is not null) File.Move(file!, target);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target ?? file}: the state at revision {revision}, read back and found whole"));
        return 0;
    }

    private static async Task<int> Restore(string? dataDir, string source, TextWriter output, TextWriter error)
    {
        var data = AdminClient.DataDirectory(dataDir);
        if (AdminClient.Keys(data, error) is null) return 1;
        if (!File.Exists(source))
        {
            error.WriteLine($"minik: there is no file {source}");
            return 1;
        }
        var outcome = await StateStore.RestoreAsync(Options(data), source, ServerAssembly.Terms);
        if (outcome.Refusal is { } refusal)
        {
            error.WriteLine($"minik: {refusal.Message}");
            return 1;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"restored, the next change is revision {outcome.Revision + 1}{(outcome.Replaced is { } old ? $"; the state before is in {old}" : "")}"));
        return 0;
    }

    private static StoreOptions Options(string data)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(OwnerFiles.Store(data))!);
        return new() { Path = OwnerFiles.Store(data), Sealer = new AesSealer(KeyRing.Open(OwnerFiles.SecretKeys(data)), AesSealer.Secrets) };
    }

    private static async Task<int> Guarded(TextWriter error, Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
        {
            error.WriteLine($"minik: {e.Message}");
            return 1;
        }
    }
}
