namespace MiniKube.Server.Fairness;

/// <summary>Deals every flow its own few queues, the same ones each time. Pure.</summary>
internal static class Shuffle
{
    /// <summary>Distinct numbers below the size of the deck, decided by the hash alone.</summary>
    public static int[] Hand(ulong hash, int deck, int size)
    {
        var hand = new int[Math.Min(deck, size)];
        for (var i = 0; i < hand.Length; i++)
        {
            var left = (ulong)(deck - i);
            var card = (int)(hash % left);
            hash /= left;
            // The card is a place among those not yet dealt.
            foreach (var dealt in hand.AsSpan(0, i).ToArray().Order())
                if (dealt <= card) card++;
            hand[i] = card;
        }
        return hand;
    }

    /// <summary>FNV-1a: needs no secret, only to spread.</summary>
    public static ulong Hash(string schema, string distinguisher)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in schema) hash = unchecked((hash ^ c) * 1099511628211UL);
        hash = unchecked((hash ^ 0xffff) * 1099511628211UL);
        foreach (var c in distinguisher) hash = unchecked((hash ^ c) * 1099511628211UL);
        return hash;
    }
}
