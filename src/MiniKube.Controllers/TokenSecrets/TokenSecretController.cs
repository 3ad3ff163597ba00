using System.Text;
using MiniKube.ControlLoop;
using MiniKube.Kinds.Core;
using MiniKube.Machinery;

namespace MiniKube.Controllers;

/// <summary>Makes the tokens of the old kind, that live as long as their Secret.</summary>
public interface ITokenMint
{
    string Mint(string ns, string account, string accountUid, string secret, string secretUid);
}

/// <summary>Secrets of type service-account-token are filled in, and go with their account.</summary>
public sealed class TokenSecretController(Caches caches, ITokenMint mint, Func<string> certificate) : FreshController<TokenSecretController.Seen>
{
    public const string SecretType = "kubernetes.io/service-account-token";
    private const string NameOf = "kubernetes.io/service-account.name";
    private const string UidOf = "kubernetes.io/service-account.uid";

    /// <summary>Account null: there is none of that name, or it is another one by now.</summary>
    public sealed record Seen(Item<Secret> Secret, Item<Kinds.Core.ServiceAccount>? Account, Func<string> Token, string Certificate);

    private readonly Cache<Secret> secrets = caches.Of<Secret>($"type={SecretType}");
    private readonly Cache<Kinds.Core.ServiceAccount> accounts = caches.Of<Kinds.Core.ServiceAccount>();

    public override string Name => "tokens-controller";

    public override string Account => "system:kube-controller-manager";

    public override void Watch(Triggers triggers)
    {
        var byAccount = secrets.Index("account", s => [new Key(s.Namespace, s.Meta.Annotation(NameOf) ?? "").ToString()]);
        triggers.On(secrets, c => c.New is { } secret ? [secret.Key] : []);
        triggers.On(accounts, c => byAccount[c.Latest.Key.ToString()].Select(s => s.Key));
    }

    protected override ValueTask<Seen?> Observe(Turn turn, CancellationToken cancel)
    {
        if (secrets.Get(turn.Key) is not { BeingDeleted: false } secret) return new((Seen?)null);
        var account = accounts.Get(secret.Namespace, secret.Meta.Annotation(NameOf) ?? "");
        return new(new Seen(secret, account, () => mint.Mint(secret.Namespace, account!.Name, account.Uid, secret.Name, secret.Uid), certificate()));
    }

    protected override Plan For(Seen seen) => PlanFor(seen);

    public static Plan PlanFor(Seen seen)
    {
        var secret = seen.Secret;
        var uid = secret.Meta.Annotation(UidOf);
        if (seen.Account is not { } account || uid is { Length: > 0 } && uid != account.Uid)
            return Plan.Of(new PlanAction.Delete(secret.Type.Ref, secret.Namespace, secret.Name, secret.Uid, secret.Meta.ResourceVersion));
        var data = new JsonMap();
        void Fill(string key, Func<string> text)
        {
            if (secret.Value.Data?.ContainsKey(key) != true) data.Set(key, Convert.ToBase64String(Encoding.UTF8.GetBytes(text())));
        }
        Fill("ca.crt", () => seen.Certificate);
        Fill("namespace", () => secret.Namespace);
        Fill("token", seen.Token);
        var patch = new JsonMap();
        if (data.Count > 0) patch.Add("data", data);
        if (uid is null) patch.Add("metadata", new JsonMap { { "annotations", new JsonMap { { UidOf, account.Uid } } } });
        return patch.Count == 0 ? Plan.Nothing
            : Plan.Of(new PlanAction.Patch(secret.Type.Ref, secret.Namespace, secret.Name, secret.Uid, secret.Meta.ResourceVersion, patch));
    }
}
