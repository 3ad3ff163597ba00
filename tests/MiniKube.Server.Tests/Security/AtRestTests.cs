using System.Text;
using MiniKube.Server.AtRest;
using MiniKube.Store;

namespace MiniKube.Server.Tests.Security;

/// <summary>Nothing on the disk shows a secret, and what is there can always be read back.</summary>
[TestFixture]
public sealed class AtRestTests
{
    private const string Plain = "the-plain-secret-nobody-may-see";

    private string directory = null!;

    [SetUp]
    public void Start() => directory = Directory.CreateTempSubdirectory("minik-rest-").FullName;

    [TearDown]
    public void Stop() => Directory.Delete(directory, recursive: true);

    private string Database => Path.Combine(directory, "state.db");

    private string Keys => Path.Combine(directory, "pki", "secrets.keys");

    private async Task<StateStore> Open(ISealer? sealer) =>
        (await StateStore.OpenAsync(new StoreOptions { Path = Database, Sealer = sealer })) is { Store: { } store } ? store : throw new InvalidOperationException("refused");

    private AesSealer Sealer() => new(KeyRing.Open(Keys), AesSealer.Secrets);

    private static async Task Write(StateStore store, string collection, string name, string value) =>
        Assert.That((await store.WriteAsync([new Change.Put(new(collection, "ns", name), new Template(Encoding.UTF8.GetBytes(value)), null)])).Ok, Is.True);

    private static string? Read(StateStore store, string collection, string name) =>
        store.Get(new(collection, "ns", name)) is { } entry ? Encoding.UTF8.GetString(entry.Value) : null;

    /// <summary>Which files beside the database contain the text.</summary>
    private List<string> Found(string text) =>
    [
        .. Directory.GetFiles(directory, "*.db*").Where(f => !f.EndsWith("lock", StringComparison.Ordinal) && !f.EndsWith("shm", StringComparison.Ordinal)).Where(f =>
        {
            using var file = new FileStream(f, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
        }).Select(f => Path.GetFileName(f)!),
    ];

    [Test]
    public async Task Neither_database_nor_wal_nor_backup_shows_a_secret()
    {
        await using (var store = await Open(Sealer()))
        {
            await Write(store, "secrets", "a", Plain);
            await Write(store, "configmaps", "a", "shown-to-all");
            Assert.That(Found("shown-to-all"), Is.Not.Empty, "the search itself must be able to find something");
            Assert.That(Found(Plain), Is.Empty);
            Assert.That((await store.BackupAsync(Path.Combine(directory, "backup.db"))).Fault, Is.Null);
        }
        Assert.That(Found(Plain), Is.Empty);
        await using var again = await Open(Sealer());
        Assert.That(Read(again, "secrets", "a"), Is.EqualTo(Plain));
    }

    [Test]
    public async Task A_new_key_takes_over_while_running_and_the_old_one_is_no_longer_needed()
    {
        var ring = KeyRing.Open(Keys);
        await using (var store = await Open(new AesSealer(ring, AesSealer.Secrets)))
        {
            for (var i = 0; i < 600; i++) await Write(store, "secrets", $"s{i % 300}", $"{Plain}{i}");
            var revision = store.Revision;
            ring.Rotate();
            Assert.That(await store.ResealAsync(), Is.Null);
            Assert.That(store.Revision, Is.EqualTo(revision));
            ring.ForgetOld();
            var (past, fault) = await store.GetAt(new("secrets", "ns", "s0"), 1);
            Assert.That((fault, Encoding.UTF8.GetString(past!.Value)), Is.EqualTo(((StoreFault?)null, Plain + "0")));
        }
        var sealer = Sealer();
        await using var again = await Open(sealer);
        Assert.Multiple(() =>
        {
            Assert.That(Read(again, "secrets", "s0"), Is.EqualTo(Plain + "300"));
            Assert.That(sealer.SawStale, Is.False);
            Assert.That(Found(Plain), Is.Empty);
        });
    }

    [Test]
    public async Task What_was_written_in_the_open_is_sealed_afterwards()
    {
        await using (var open = await Open(null)) await Write(open, "secrets", "a", Plain);
        Assert.That(Found(Plain), Is.Not.Empty);
        var sealer = Sealer();
        await using var store = await Open(sealer);
        Assert.That(sealer.SawStale, Is.True);
        Assert.That(await store.ResealAsync(), Is.Null);
        Assert.That((Found(Plain).Count, Read(store, "secrets", "a")), Is.EqualTo((0, Plain)));
    }

    [Test]
    public async Task Without_the_key_the_store_is_refused_and_says_why()
    {
        await using (var store = await Open(Sealer())) await Write(store, "secrets", "a", Plain);
        File.Delete(Keys);
        var outcome = await StateStore.OpenAsync(new StoreOptions { Path = Database, Sealer = Sealer() });
        Assert.That(outcome.Refusal?.Message, Does.Contain("secrets/ns/a (revision 1) can't be decrypted"));
    }

    [Test]
    public void A_sealed_value_fits_only_its_own_object()
    {
        var sealer = Sealer();
        var stored = sealer.Seal(new("secrets", "ns", "a"), Encoding.UTF8.GetBytes(Plain))!;
        Assert.That(sealer.Open(new("secrets", "ns", "b"), stored), Is.Null);
        stored[^1] ^= 1;
        Assert.That(sealer.Open(new("secrets", "ns", "a"), stored), Is.Null);
    }

    [Test]
    [Platform("Unix")]
    public void Only_the_owner_may_read_the_keys()
    {
        KeyRing.Open(Keys).Rotate();
        Assert.Multiple(() =>
        {
            Assert.That(File.GetUnixFileMode(Keys), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
            Assert.That(File.GetUnixFileMode(Path.GetDirectoryName(Keys)!), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
            Assert.That(KeyRing.Open(Keys).Count, Is.EqualTo(2));
        });
    }
}
