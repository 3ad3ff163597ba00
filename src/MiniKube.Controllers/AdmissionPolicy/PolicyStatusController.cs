using MiniKube.ControlLoop;
using MiniKube.Kinds.Admission;

namespace MiniKube.Controllers;

/// <summary>Says of every validating admission policy that it was read, and which of its expressions don't fit what it is about.</summary>
public sealed class PolicyStatusController(Caches caches) : Controller<Item<ValidatingAdmissionPolicy>>
{
    private readonly Cache<ValidatingAdmissionPolicy> policies = caches.Of<ValidatingAdmissionPolicy>();

    public override string Name => "validatingadmissionpolicy-status-controller";

    public override void Watch(Triggers triggers) => triggers.OnSelf(policies);

    protected override Item<ValidatingAdmissionPolicy>? Observe(Turn turn) => policies.Get(turn.Key) is { BeingDeleted: false } policy ? policy : null;

    protected override Plan For(Item<ValidatingAdmissionPolicy> policy) => PlanFor(policy);

    public static Plan PlanFor(Item<ValidatingAdmissionPolicy> policy)
    {
        // Looked at once per generation, as upstream: the kinds a policy is about hardly ever change their shape.
        if (policy.Value.Status is { TypeChecking: not null } status && status.ObservedGeneration == policy.Meta.Generation) return Plan.Of([]);
        var warnings = policy.Value.Spec is { } spec ? PolicyTypes.Warnings(spec) : [];
        return Plan.Of([.. StatusChange.To(policy, new ValidatingAdmissionPolicyStatus
        {
            Conditions = policy.Value.Status?.Conditions, ObservedGeneration = policy.Meta.Generation,
            TypeChecking = new TypeChecking { ExpressionWarnings = warnings.Count == 0 ? null : warnings },
        })]);
    }
}
