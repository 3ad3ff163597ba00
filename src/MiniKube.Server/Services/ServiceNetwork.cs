using System.Net;
using System.Numerics;

namespace MiniKube.Server;

/// <summary>A range of service addresses, as numbers.</summary>
public sealed record ServiceNetwork(IPAddress Base, int Prefix)
{
    public static ServiceNetwork Parse(string cidr)
    {
        var network = IPNetwork.Parse(cidr);
        return new(network.BaseAddress, network.PrefixLength);
    }

    private int Bits => Base.GetAddressBytes().Length * 8;

    /// <summary>How many addresses can be given out: all but the base and, for IPv4, the broadcast address.</summary>
    public BigInteger Size
    {
        get
        {
            var all = BigInteger.One << (Bits - Prefix);
            return all - (Bits == 32 ? 2 : 1);
        }
    }

    public IPAddress First => At(1);

    public IPAddress At(BigInteger offset)
    {
        var value = new BigInteger(Base.GetAddressBytes(), isUnsigned: true, isBigEndian: true) + offset;
        var bytes = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        var address = new byte[Bits / 8];
        bytes.CopyTo(address, address.Length - bytes.Length);
        return new IPAddress(address);
    }

    public bool Contains(IPAddress address) => address.AddressFamily == Base.AddressFamily && new IPNetwork(Base, Prefix).Contains(address);
}
